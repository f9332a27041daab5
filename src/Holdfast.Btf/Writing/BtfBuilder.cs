using System.Collections.Immutable;

namespace Holdfast.Btf.Writing;

/// <summary>
/// Builds a small blob, type by type. Types may refer to ids that are added later; nothing is checked until
/// <see cref="Build"/>.
/// </summary>
public sealed class BtfBuilder
{
    private readonly BtfGraph? _base;
    private readonly BtfStringTable _strings;
    private readonly BtfTypeWriter _types;

    /// <summary>Starts a blob.</summary>
    /// <param name="baseGraph">Graph that the blob continues; else null.</param>
    public BtfBuilder(BtfGraph? baseGraph = null)
    {
        _base = baseGraph;
        _strings = new BtfStringTable(baseGraph?.StringEnd ?? 0);
        _types = new BtfTypeWriter(_strings);
        NextId = baseGraph?.Count ?? 1;
    }

    /// <summary>Id that the next type gets.</summary>
    public uint NextId { get; private set; }

    /// <summary>Adds a type.</summary>
    /// <param name="type">Any type but void; its own id is not used, those it refers to are written as they are.</param>
    /// <returns>Its id.</returns>
    /// <exception cref="ArgumentException">The type is void.</exception>
    public uint Add(BtfType type)
    {
        if (type is BtfVoid)
        {
            throw new ArgumentException("void has the id 0 in every graph", nameof(type));
        }

        _types.Write(type);
        return NextId++;
    }

    /// <summary>Adds an integer that fills its bytes.</summary>
    /// <param name="name">C name.</param>
    /// <param name="size">Size in bytes.</param>
    /// <param name="encoding">Signedness and use.</param>
    /// <returns>Its id.</returns>
    public uint Int(string name, uint size, BtfIntEncoding encoding = BtfIntEncoding.None) =>
        Add(new BtfInt(0, name, size, encoding, 0, (byte)(size * 8)));

    /// <summary>Adds a pointer.</summary>
    /// <param name="typeId">Type pointed to.</param>
    /// <returns>Its id.</returns>
    public uint Pointer(uint typeId) => Add(new BtfPointer(0, typeId));

    /// <summary>Adds an array.</summary>
    /// <param name="elementTypeId">Type of its elements.</param>
    /// <param name="indexTypeId">An integer.</param>
    /// <param name="count">Number of elements.</param>
    /// <returns>Its id.</returns>
    public uint Array(uint elementTypeId, uint indexTypeId, uint count) => Add(new BtfArray(0, elementTypeId, indexTypeId, count));

    /// <summary>Adds a struct.</summary>
    /// <param name="name">Tag; may be empty.</param>
    /// <param name="size">Size in bytes.</param>
    /// <param name="members">Members in order of offset.</param>
    /// <returns>Its id.</returns>
    public uint Struct(string name, uint size, params BtfMember[] members) =>
        Add(new BtfStruct(0, name, size, [.. members], members.Any(member => member.IsBitfield)));

    /// <summary>Adds a union.</summary>
    /// <param name="name">Tag; may be empty.</param>
    /// <param name="size">Size in bytes.</param>
    /// <param name="members">Members.</param>
    /// <returns>Its id.</returns>
    public uint Union(string name, uint size, params BtfMember[] members) =>
        Add(new BtfUnion(0, name, size, [.. members], members.Any(member => member.IsBitfield)));

    /// <summary>Adds an enumeration.</summary>
    /// <param name="name">Tag; may be empty.</param>
    /// <param name="size">Size in bytes; with 8, or values that need it, the 64-bit encoding is used.</param>
    /// <param name="values">Values.</param>
    /// <returns>Its id.</returns>
    public uint Enum(string name, uint size, params BtfEnumValue[] values)
    {
        ImmutableArray<BtfEnumValue> all = [.. values];
        bool signed = values.Any(value => value.Value < 0);
        bool wide = size > 4 || values.Any(value => value.Value > uint.MaxValue || value.Value < int.MinValue);
        return Add(wide ? new BtfEnum64(0, name, size, signed, all) : new BtfEnum(0, name, size, signed, all));
    }

    /// <summary>Adds a typedef.</summary>
    /// <param name="name">New name.</param>
    /// <param name="typeId">Type named.</param>
    /// <returns>Its id.</returns>
    public uint Typedef(string name, uint typeId) => Add(new BtfTypedef(0, name, typeId));

    /// <summary>Gives the blob.</summary>
    /// <returns>A little-endian blob.</returns>
    public byte[] ToArray() => BtfWriter.Assemble(_types, _strings);

    /// <summary>Reads the blob back.</summary>
    /// <returns>The graph.</returns>
    /// <exception cref="BtfException">The types do not fit together.</exception>
    public BtfGraph Build() => BtfGraph.Read(ToArray(), _base);
}
