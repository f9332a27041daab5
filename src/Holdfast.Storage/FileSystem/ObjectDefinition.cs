using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Hooks;
using Holdfast.Storage.Maps.Snapshots;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.FileSystem;

/// <summary>Everything that a new object's file is made from.</summary>
public sealed record ObjectDefinition
{
    private ObjectDefinition(ObjectKind kind, byte[] attributes)
    {
        Kind = kind;
        Attributes = attributes;
    }

    /// <summary>The kind.</summary>
    public ObjectKind Kind { get; }

    /// <summary>The kind's attribute record, as bytes.</summary>
    public ReadOnlyMemory<byte> Attributes { get; }

    /// <summary>The object's name.</summary>
    public ObjectName Name { get; init; }

    /// <summary>Bytes of data; the file is sparse there until somebody reserves pages.</summary>
    public long DataLength { get; init; }

    /// <summary>Variable sections, at most 16, each under 2 GiB.</summary>
    public IReadOnlyList<(ObjectSectionKind Kind, ReadOnlyMemory<byte> Bytes)> Sections { get; init; } = [];

    /// <summary>Objects of the same store that the new one refers to from its first moment.</summary>
    public IReadOnlyList<ObjectFile> References { get; init; } = [];

    /// <summary>Whether the object may ever refer to others; implied by <see cref="References"/>.</summary>
    public bool MayRefer { get; init; }

    /// <summary>First values of the kind's own words that change, at most 16.</summary>
    public ReadOnlyMemory<ulong> KindWords { get; init; }

    /// <summary>Bytes behind everything else for snapshots; sparse until there is one.</summary>
    internal long SnapshotLength { get; private init; }

    /// <summary>Features that a library must know to open the object.</summary>
    internal ulong Incompat { get; private init; }

    /// <summary>Writes the first data; null leaves zeros.</summary>
    public DataInitializer? InitializeData { get; init; }

    /// <summary>A map; prog arrays and maps of maps may refer.</summary>
    /// <param name="attributes">The map's attributes.</param>
    /// <returns>The definition.</returns>
    public static ObjectDefinition ForMap(in MapObjectAttributes attributes) => new(ObjectKind.Map, Bytes(attributes))
    {
        MayRefer = attributes.Type is MapType.ProgArray or MapType.ArrayOfMaps or MapType.HashOfMaps || attributes.BtfId != 0,
        SnapshotLength = (attributes.DataVersion & MapObjectAttributes.DurableData) != 0 ? SnapshotAreas.LengthFor(MapShape.Of(attributes)) : 0,
        Incompat = ((attributes.DataVersion & MapObjectAttributes.DurableData) != 0 ? ObjectFeatures.DurableMap : 0)
            | ((attributes.DataVersion & MapObjectAttributes.StripedData) != 0 ? ObjectFeatures.StripedHash : 0),
    };

    /// <summary>A program.</summary>
    /// <param name="attributes">The program's attributes.</param>
    /// <returns>The definition.</returns>
    public static ObjectDefinition ForProgram(in ProgramObjectAttributes attributes) => new(ObjectKind.Program, Bytes(attributes)) { MayRefer = true };

    /// <summary>A link.</summary>
    /// <param name="attributes">The link's attributes.</param>
    /// <returns>The definition.</returns>
    public static ObjectDefinition ForLink(in LinkObjectAttributes attributes) => new(ObjectKind.Link, Bytes(attributes)) { MayRefer = true };

    /// <summary>A hook, with an empty list.</summary>
    /// <param name="attributes">The hook's attributes.</param>
    /// <returns>The definition.</returns>
    public static ObjectDefinition ForHook(in HookObjectAttributes attributes) => new(ObjectKind.Hook, Bytes(attributes))
    {
        DataLength = HookLayout.DataLength,
        InitializeData = HookList.Initialize,
        Incompat = ObjectFeatures.Hook,
    };

    /// <summary>Type information.</summary>
    /// <param name="btf">The <c>.BTF</c> blob.</param>
    /// <returns>The definition.</returns>
    public static ObjectDefinition ForBtf(ReadOnlyMemory<byte> btf) => new(ObjectKind.Btf, []) { Sections = [(ObjectSectionKind.Btf, btf)] };

    private static byte[] Bytes<T>(in T attributes)
        where T : unmanaged
    {
        byte[] bytes = new byte[Unsafe.SizeOf<T>()];
        MemoryMarshal.Write(bytes, attributes);
        return bytes;
    }
}
