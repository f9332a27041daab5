using System.Buffers.Binary;

namespace Holdfast.Btf;

/// <summary>A type's record as it stands in the data (<c>struct btf_type</c> and what follows it).</summary>
internal readonly ref struct RawType(ReadOnlySpan<byte> record)
{
    /// <summary>Bytes of the fixed part.</summary>
    public const int FixedSize = 12;

    private readonly ReadOnlySpan<byte> _record = record;

    public uint NameOffset => Word(0);

    public uint Info => Word(1);

    public BtfKind Kind => KindOf(Info);

    /// <summary>The kind-specific count.</summary>
    public int Length => LengthOf(Info);

    public bool Flag => Info >> 31 != 0;

    /// <summary>Size or type id, by kind.</summary>
    public uint SizeOrType => Word(2);

    /// <summary>Word <paramref name="index"/> of the record; the kind-specific ones start at 3.</summary>
    public uint Word(int index) => BinaryPrimitives.ReadUInt32LittleEndian(_record[(index * 4)..]);

    public static BtfKind KindOf(uint info) => (BtfKind)((info >> 24) & 0x1f);

    public static int LengthOf(uint info) => (int)(info & 0xffff);

    /// <summary>Bytes that follow the fixed part, −1 for an unknown kind.</summary>
    public static int TailSize(uint info) => KindOf(info) switch
    {
        BtfKind.Int or BtfKind.Variable or BtfKind.DeclTag => 4,
        BtfKind.Array => 12,
        BtfKind.Struct or BtfKind.Union or BtfKind.DataSection or BtfKind.Enum64 => LengthOf(info) * 12,
        BtfKind.Enum or BtfKind.FunctionPrototype => LengthOf(info) * 8,
        BtfKind.Pointer or BtfKind.Forward or BtfKind.Typedef or BtfKind.Volatile or BtfKind.Const or BtfKind.Restrict
            or BtfKind.Function or BtfKind.Float or BtfKind.TypeTag => 0,
        _ => -1,
    };
}
