using System.Runtime.CompilerServices;

namespace Holdfast.Storage.FileSystem;

/// <summary>Room for the special fields of a value in a map's header.</summary>
[InlineArray(MapObjectAttributes.MostValueFields)]
public struct ValueFieldTable
{
    private ulong _first;
}
