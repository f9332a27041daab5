using Holdfast.Btf;
using Holdfast.Isa.Abi;

namespace Holdfast.Verifier;

/// <summary>
/// What the verifier may know of a map. Reference identity is map identity: two references to one map in a program
/// must be the same description.
/// </summary>
public sealed record MapDescription
{
    /// <summary>The map's id, 0 where it has none.</summary>
    public uint Id { get; init; }

    /// <summary>The map's type.</summary>
    public required MapType Type { get; init; }

    /// <summary>Key size in bytes.</summary>
    public required uint KeySize { get; init; }

    /// <summary>Value size in bytes.</summary>
    public required uint ValueSize { get; init; }

    /// <summary>Capacity in entries.</summary>
    public required uint MaxEntries { get; init; }

    /// <summary>Creation flags.</summary>
    public MapFlags Flags { get; init; }

    /// <summary>The map's name, possibly empty.</summary>
    public string Name { get; init; } = "";

    /// <summary><c>map_extra</c>.</summary>
    public ulong Extra { get; init; }

    /// <summary>The BTF object given at creation; the same object as the program's where the descriptor was the same.</summary>
    public BtfGraph? Btf { get; init; }

    /// <summary>BTF type id of the key, or 0.</summary>
    public uint BtfKeyTypeId { get; init; }

    /// <summary>BTF type id of the value, or 0.</summary>
    public uint BtfValueTypeId { get; init; }

    /// <summary>
    /// The whole value of a frozen, program-read-only, single-element array, copied once: the verifier takes its bytes as constants.
    /// </summary>
    public ReadOnlyMemory<byte>? Constants { get; init; }

    /// <summary>The template of the maps held by a map of maps.</summary>
    public MapDescription? Inner { get; init; }

    /// <inheritdoc/>
    public bool Equals(MapDescription? other) => ReferenceEquals(this, other);

    /// <inheritdoc/>
    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);
}
