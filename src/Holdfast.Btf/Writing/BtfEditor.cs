using System.Buffers.Binary;
using System.Text;

namespace Holdfast.Btf.Writing;

/// <summary>
/// Changes a graph's bytes in place: ids and string offsets stay as they are, so that <c>.BTF.ext</c> goes on to fit. For what a
/// loader completes in an object's BTF.
/// </summary>
public sealed class BtfEditor
{
    private const int FixedSize = 12;

    private readonly BtfGraph _graph;
    private readonly byte[] _bytes;
    private readonly List<byte> _types = [];
    private readonly List<byte> _strings = [];

    /// <summary>Starts from a graph.</summary>
    /// <param name="graph">A little-endian graph without a base.</param>
    /// <exception cref="ArgumentException">The graph is big-endian or has a base.</exception>
    public BtfEditor(BtfGraph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        if (graph.IsBigEndian || graph.Base is not null)
        {
            throw new ArgumentException("Only little-endian BTF without a base can be edited.", nameof(graph));
        }

        _graph = graph;
        _bytes = graph.RawBytes.ToArray();
        NextId = graph.Count;
    }

    /// <summary>Id of the next type added.</summary>
    public uint NextId { get; private set; }

    /// <summary>Sets a data section's size and variables.</summary>
    /// <param name="id">The <see cref="BtfDataSection"/>.</param>
    /// <param name="size">Size in bytes.</param>
    /// <param name="variables">As many variables as it has.</param>
    public void SetSection(uint id, uint size, IReadOnlyList<BtfSectionVariable> variables)
    {
        ArgumentNullException.ThrowIfNull(variables);
        Span<byte> record = Record(id, BtfKind.DataSection);
        BinaryPrimitives.WriteUInt32LittleEndian(record[8..], size);
        ArgumentOutOfRangeException.ThrowIfNotEqual(variables.Count, BinaryPrimitives.ReadUInt16LittleEndian(record[4..]));
        for (int i = 0; i < variables.Count; i++)
        {
            Span<byte> entry = record[(FixedSize + (i * 12))..];
            BinaryPrimitives.WriteUInt32LittleEndian(entry, variables[i].TypeId);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[4..], variables[i].Offset);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[8..], variables[i].Size);
        }
    }

    /// <summary>Sets a variable's type and linkage.</summary>
    /// <param name="id">The <see cref="BtfVariable"/>.</param>
    /// <param name="typeId">Its type.</param>
    /// <param name="linkage">Its linkage.</param>
    public void SetVariable(uint id, uint typeId, BtfVariableLinkage linkage)
    {
        Span<byte> record = Record(id, BtfKind.Variable);
        BinaryPrimitives.WriteUInt32LittleEndian(record[8..], typeId);
        BinaryPrimitives.WriteUInt32LittleEndian(record[FixedSize..], (uint)linkage);
    }

    /// <summary>Sets a function's linkage.</summary>
    /// <param name="id">The <see cref="BtfFunction"/>.</param>
    /// <param name="linkage">Its linkage.</param>
    public void SetFunction(uint id, BtfFunctionLinkage linkage) =>
        BinaryPrimitives.WriteUInt16LittleEndian(Record(id, BtfKind.Function)[4..], (ushort)linkage);

    /// <summary>Names the parameters of a prototype that have no names.</summary>
    /// <param name="id">The <see cref="BtfFunctionPrototype"/>.</param>
    /// <param name="name">The name for all of them.</param>
    public void NameParameters(uint id, string name)
    {
        uint text = 0;
        Span<byte> record = Record(id, BtfKind.FunctionPrototype);
        int count = BinaryPrimitives.ReadUInt16LittleEndian(record[4..]);
        for (int i = 0; i < count; i++)
        {
            Span<byte> entry = record[(FixedSize + (i * 8))..];
            bool isEllipsis = BinaryPrimitives.ReadUInt32LittleEndian(entry[4..]) == 0;
            if (isEllipsis || BinaryPrimitives.ReadUInt32LittleEndian(entry) != 0)
            {
                continue;
            }

            text = text == 0 ? AddString(name) : text;
            BinaryPrimitives.WriteUInt32LittleEndian(entry, text);
        }
    }

    /// <summary>Adds a global variable.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="typeId">Its type.</param>
    /// <returns>Its id.</returns>
    public uint AddVariable(string name, uint typeId)
    {
        Word(AddString(name));
        Word((uint)BtfKind.Variable << 24);
        Word(typeId);
        Word((uint)BtfVariableLinkage.Global);
        return NextId++;
    }

    /// <summary>The changed bytes.</summary>
    /// <returns>A BTF blob.</returns>
    public byte[] ToArray()
    {
        if (_types.Count == 0 && _strings.Count == 0)
        {
            return [.. _bytes];
        }

        ReadOnlySpan<byte> types = _bytes.AsSpan((int)_graph.Header.TypeStart, (int)_graph.Header.TypeLength);
        byte[] header = new byte[BtfHeader.Size];
        _bytes.AsSpan(0, 4).CopyTo(header);
        uint typeLength = (uint)(types.Length + _types.Count);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(4), BtfHeader.Size);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(12), typeLength);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(16), typeLength);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(20), (uint)(_graph.Strings.Length + _strings.Count));
        return [.. header, .. types, .. _types, .. _graph.Strings, .. _strings];
    }

    private Span<byte> Record(uint id, BtfKind kind)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(_graph.KindOf(id), kind, nameof(id));
        return _bytes.AsSpan(_graph.OffsetOf(id));
    }

    private uint AddString(string text)
    {
        uint offset = (uint)(_graph.Strings.Length + _strings.Count);
        _strings.AddRange(Encoding.UTF8.GetBytes(text));
        _strings.Add(0);
        return offset;
    }

    private void Word(uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        _types.AddRange(bytes);
    }
}
