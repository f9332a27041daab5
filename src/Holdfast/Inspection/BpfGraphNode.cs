using Holdfast.Isa.Abi;
using Holdfast.Storage;

namespace Holdfast;

/// <summary>An object with all that refers to it and all that it refers to.</summary>
/// <param name="Key">Kind and id.</param>
/// <param name="Name">Its own name, not a pin.</param>
public sealed record BpfGraphNode(ObjectKey Key, string Name)
{
    /// <summary>A map's type.</summary>
    public MapType MapType { get; init; }

    /// <summary>A program's or hook's type.</summary>
    public ProgramType ProgramType { get; init; }

    /// <summary>A link's type.</summary>
    public LinkType LinkType { get; init; }

    /// <summary>Objects that it refers to: a program's maps, a prog array's programs, a link's program and hook.</summary>
    public required IReadOnlyList<ObjectKey> Uses { get; init; }

    /// <summary>Paths of its pins.</summary>
    public required IReadOnlyList<string> Pins { get; init; }

    /// <summary>Processes that have it open, as far as the caller may see it.</summary>
    public required IReadOnlyList<int> Processes { get; init; }
}
