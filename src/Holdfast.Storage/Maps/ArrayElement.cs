using System.Runtime.InteropServices;

namespace Holdfast.Storage.Maps;

/// <summary>What precedes a value of more than 8 bytes in a durable array.</summary>
[StructLayout(LayoutKind.Sequential, Size = ArrayLayout.DurableHeaderBytes)]
internal struct ArrayElement
{
    /// <summary>Checksum of the value as the last update wrote it.</summary>
    public uint Check;

    /// <summary>Not zero: a program has been given the value's address, and the check says nothing.</summary>
    public uint Loose;

    /// <summary>Updates, doubled; odd while one is being written.</summary>
    public uint Version;
}
