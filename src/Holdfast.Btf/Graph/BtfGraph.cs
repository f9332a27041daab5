using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Holdfast.Btf;

/// <summary>
/// The types of one BTF blob, numbered from 1; id 0 is void. Immutable and safe for use by several threads. The types
/// are made on demand from the bytes that the graph was read from; whoever gave the bytes must not change them.
/// </summary>
/// <remarks>
/// Every id and name in a graph is in range, and no type contains or stands for itself by value, whatever bytes it was
/// read from. Graphs of objects that no loader has completed (sections of size 0, extern functions) can be read too;
/// whether the kernel would take the blob is another question .
/// </remarks>
public sealed class BtfGraph
{
    private static readonly BtfVoid Void = new();

    private readonly ReadOnlyMemory<byte> _types;
    private readonly ReadOnlyMemory<byte> _strings;
    private readonly int[] _offsets;
    private readonly BtfType?[] _cache;
    private readonly uint _stringStart;
    private BtfNameIndex? _names;

    private BtfGraph(BtfBlob blob, int[] offsets)
    {
        RawBytes = blob.RawBytes;
        Base = blob.Base;
        IsBigEndian = blob.IsBigEndian;
        Header = blob.Header;
        FirstId = blob.Base?.Count ?? 1;
        _types = blob.Types;
        _strings = blob.Strings;
        _stringStart = blob.Base?.StringEnd ?? 0;
        _offsets = offsets;
        _cache = new BtfType?[offsets.Length];
    }

    /// <summary>The bytes that the graph was read from.</summary>
    public ReadOnlyMemory<byte> RawBytes { get; }

    /// <summary>The graph that this one continues, if it is split.</summary>
    public BtfGraph? Base { get; }

    /// <summary>Whether the bytes are in big-endian order.</summary>
    public bool IsBigEndian { get; }

    /// <summary>Id of the first type of this blob: 1, or the base's <see cref="Count"/>.</summary>
    public uint FirstId { get; }

    /// <summary>Number of ids, void and the base's included: every id below it is valid.</summary>
    public uint Count => FirstId + (uint)_offsets.Length;

    /// <summary>The types of this blob in order of id, without void and the base's.</summary>
    public IEnumerable<BtfType> Types
    {
        get
        {
            for (uint id = FirstId; id < Count; id++)
            {
                yield return this[id];
            }
        }
    }

    /// <summary>The header as read.</summary>
    internal BtfHeader Header { get; }

    /// <summary>First string offset that is not of this graph or its base.</summary>
    internal uint StringEnd => _stringStart + (uint)_strings.Length;

    /// <summary>The string section of this blob.</summary>
    internal ReadOnlySpan<byte> Strings => _strings.Span;

    /// <summary>The type section of this blob, little-endian.</summary>
    internal ReadOnlySpan<byte> TypeBytes => _types.Span;

    private BtfNameIndex Names => _names ??= BtfNameIndex.Build(this);

    /// <summary>The type with an id.</summary>
    /// <param name="id">Id below <see cref="Count"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such type.</exception>
    public BtfType this[uint id]
    {
        get
        {
            if (id == 0)
            {
                return Void;
            }

            if (id < FirstId)
            {
                return Base![id];
            }

            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(id, Count);
            ref BtfType? slot = ref _cache[id - FirstId];
            return slot ??= BtfTypeReader.Read(this, id, Raw(id));
        }
    }

    /// <summary>Reads a blob.</summary>
    /// <param name="bytes">A BTF blob, header first; kept by the graph.</param>
    /// <param name="baseGraph">The graph that the blob continues, for split BTF; else null.</param>
    /// <param name="graph">The graph, if the blob is readable.</param>
    /// <param name="diagnostics">What is wrong, if it isn't.</param>
    /// <returns>Whether the blob is readable.</returns>
    public static bool TryRead(
        ReadOnlyMemory<byte> bytes,
        BtfGraph? baseGraph,
        [NotNullWhen(true)] out BtfGraph? graph,
        out IReadOnlyList<BtfDiagnostic> diagnostics)
    {
        graph = null;
        diagnostics = [];
        BtfDiagnostic? wrong = BtfBlob.TryOpen(bytes, baseGraph, out BtfBlob? blob);
        int[] offsets = [];
        wrong ??= BtfIndexer.TryIndex(blob!.Types.Span, baseGraph?.Count ?? 1, (int)blob.Header.TypeStart, out offsets);
        if (wrong is null)
        {
            graph = new BtfGraph(blob!, offsets);
            wrong = BtfReferenceCheck.Find(graph) ?? BtfNestingCheck.Find(graph);
        }

        if (wrong is not null)
        {
            graph = null;
            diagnostics = [wrong];
        }

        return graph is not null;
    }

    /// <summary>Reads a blob.</summary>
    /// <param name="bytes">A BTF blob, header first; kept by the graph.</param>
    /// <param name="baseGraph">The graph that the blob continues, for split BTF.</param>
    /// <returns>The graph.</returns>
    /// <exception cref="BtfException">The blob is not readable.</exception>
    public static BtfGraph Read(ReadOnlyMemory<byte> bytes, BtfGraph? baseGraph = null) =>
        TryRead(bytes, baseGraph, out BtfGraph? graph, out IReadOnlyList<BtfDiagnostic> diagnostics)
            ? graph
            : throw new BtfException(diagnostics);

    /// <summary>Gets the type with an id that may not exist.</summary>
    /// <param name="id">Any number.</param>
    /// <param name="type">The type, if there is one.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryGetType(uint id, [NotNullWhen(true)] out BtfType? type)
    {
        type = id < Count ? this[id] : null;
        return type is not null;
    }

    /// <summary>The kind of a type, without making the type.</summary>
    /// <param name="id">Id below <see cref="Count"/>.</param>
    /// <returns>The kind.</returns>
    public BtfKind KindOf(uint id) => id == 0 ? BtfKind.Void : Raw(id).Kind;

    /// <summary>The name of a type, without making the type.</summary>
    /// <param name="id">Id below <see cref="Count"/>.</param>
    /// <returns>The name, empty if it has none.</returns>
    public string NameOf(uint id) => id == 0 ? Void.Name : GetString(Raw(id).NameOffset);

    /// <summary>Finds the type of a kind with a name; the lowest id if there are several.</summary>
    /// <param name="name">Exact name.</param>
    /// <param name="kind">Kind.</param>
    /// <returns>The type, or null.</returns>
    public BtfType? FindByName(string name, BtfKind kind)
    {
        foreach (uint id in FindIds(name))
        {
            if (KindOf(id) == kind)
            {
                return this[id];
            }
        }

        return null;
    }

    /// <summary>Finds the type of a kind with a name; the lowest id if there are several.</summary>
    /// <typeparam name="T">The record of the kind.</typeparam>
    /// <param name="name">Exact name.</param>
    /// <returns>The type, or null.</returns>
    public T? FindByName<T>(string name)
        where T : BtfType
    {
        foreach (uint id in FindIds(name))
        {
            if (this[id] is T type)
            {
                return type;
            }
        }

        return null;
    }

    /// <summary>Finds all types with a name, whatever their kinds.</summary>
    /// <param name="name">Exact name, not empty.</param>
    /// <returns>Ids in increasing order, the base's first.</returns>
    public IEnumerable<uint> FindIds(string name)
    {
        IEnumerable<uint> own = Names.Find(this, name);
        return Base is null ? own : Base.FindIds(name).Concat(own);
    }

    /// <summary>Follows typedefs, qualifiers and type tags to the type they stand for.</summary>
    /// <param name="id">Id below <see cref="Count"/>.</param>
    /// <returns>Id of the first type that is none of those.</returns>
    public uint SkipModifiers(uint id)
    {
        while (id != 0)
        {
            RawType raw = Raw(id);
            if (raw.Kind is not (BtfKind.Typedef or BtfKind.Const or BtfKind.Volatile or BtfKind.Restrict or BtfKind.TypeTag))
            {
                break;
            }

            id = raw.SizeOrType;
        }

        return id;
    }

    /// <summary>The type that typedefs, qualifiers and type tags stand for.</summary>
    /// <param name="id">Id below <see cref="Count"/>.</param>
    /// <returns>The first type that is none of those.</returns>
    public BtfType Resolve(uint id) => this[SkipModifiers(id)];

    /// <summary>The string at an offset of the string sections.</summary>
    /// <param name="offset">Offset, the base's strings first.</param>
    /// <returns>The string; empty if the offset is out of range.</returns>
    public string GetString(uint offset) => Encoding.UTF8.GetString(GetUtf8(offset));

    /// <summary>The bytes of the string at an offset, without the closing zero.</summary>
    internal ReadOnlySpan<byte> GetUtf8(uint offset)
    {
        if (offset < _stringStart)
        {
            return Base!.GetUtf8(offset);
        }

        if (offset >= StringEnd)
        {
            return default;
        }

        ReadOnlySpan<byte> rest = _strings.Span[(int)(offset - _stringStart)..];
        return rest[..rest.IndexOf((byte)0)];
    }

    /// <summary>The record of a type other than void.</summary>
    internal RawType Raw(uint id) => id < FirstId ? Base!.Raw(id) : new(_types.Span[_offsets[id - FirstId]..]);

    /// <summary>Byte offset in the data at which the record of an own type starts.</summary>
    internal int OffsetOf(uint id) => (int)Header.TypeStart + _offsets[id - FirstId];
}
