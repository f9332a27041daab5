using System.Numerics;

namespace Holdfast.Btf;

/// <summary>What each record must be by itself (the kernel's <c>check_meta</c> of each kind).</summary>
internal sealed class BtfMetaCheck(BtfGraph graph)
{
    private const uint InfoMask = 0x9f00ffff;
    private const uint IntMask = 0x0fffffff;

    private uint _id;

    /// <summary>Finds the first thing that is wrong, or null.</summary>
    public BtfDiagnostic? Find()
    {
        for (_id = graph.FirstId; _id < graph.Count; _id++)
        {
            RawType raw = graph.Raw(_id);
            BtfDiagnostic? wrong = (raw.Info & ~InfoMask) != 0
                ? Wrong(BtfDiagnosticId.InvalidInfo, 1, $"Invalid btf_info:{raw.Info:x}")
                : Check(raw);
            if (wrong is not null)
            {
                return wrong;
            }
        }

        return null;
    }

    private BtfDiagnostic? Check(RawType raw) => raw.Kind switch
    {
        BtfKind.Int => Plain(raw) ?? CheckInt(raw),
        BtfKind.Pointer or BtfKind.Volatile or BtfKind.Const or BtfKind.Restrict => Plain(raw) ?? Anonymous(raw),
        BtfKind.Typedef => Plain(raw) ?? Named(raw, 0),
        BtfKind.TypeTag => NoLength(raw) ?? Filled(raw),
        BtfKind.Array => Plain(raw) ?? CheckArray(raw),
        BtfKind.Struct or BtfKind.Union => NamedOrNot(raw, 0) ?? CheckMembers(raw),
        BtfKind.Enum => CheckEnum(raw, 2),
        BtfKind.Enum64 => CheckEnum(raw, 3),
        BtfKind.Forward => NoLength(raw) ?? (raw.SizeOrType != 0 ? Wrong(BtfDiagnosticId.InvalidTypeId, 2, "type != 0") : Named(raw, 0)),
        BtfKind.Function => Named(raw, 0) ?? (raw.Length > 1 ? Wrong(BtfDiagnosticId.InvalidLinkage, 1, "Invalid func linkage") : NoFlag(raw)),
        BtfKind.FunctionPrototype => Anonymous(raw) ?? NoFlag(raw),
        BtfKind.Variable => Plain(raw) ?? Named(raw, 0) ?? CheckVariable(raw),
        BtfKind.DataSection => CheckSection(raw),
        BtfKind.Float => Plain(raw) ?? (raw.SizeOrType is 2 or 4 or 8 or 12 or 16 ? null : Wrong(BtfDiagnosticId.InvalidSize, 2, "Invalid type_size")),
        BtfKind.DeclTag => Filled(raw) ?? NoLength(raw)
            ?? ((int)raw.Word(3) < -1 ? Wrong(BtfDiagnosticId.InvalidComponent, 3, "Invalid component_idx") : null),
        _ => null,
    };

    private BtfDiagnostic? CheckInt(RawType raw)
    {
        uint data = raw.Word(3);
        if ((data & ~IntMask) != 0)
        {
            return Wrong(BtfDiagnosticId.InvalidInteger, 3, $"Invalid int_data:{data:x}");
        }

        uint bits = (data & 0xff) + ((data >> 16) & 0xff);
        if (bits > 128)
        {
            return Wrong(BtfDiagnosticId.InvalidInteger, 3, "nr_bits exceeds 128");
        }

        if ((bits + 7) / 8 > raw.SizeOrType)
        {
            return Wrong(BtfDiagnosticId.InvalidInteger, 2, "nr_bits exceeds type_size");
        }

        return (data >> 24) is 0 or 1 or 2 or 4 ? null : Wrong(BtfDiagnosticId.InvalidInteger, 3, "Unsupported encoding");
    }

    private BtfDiagnostic? CheckArray(RawType raw)
    {
        if (raw.SizeOrType != 0)
        {
            return Wrong(BtfDiagnosticId.InvalidSize, 2, "size != 0");
        }

        return Anonymous(raw)
            ?? (raw.Word(3) == 0 ? Wrong(BtfDiagnosticId.InvalidArray, 3, "Invalid elem") : null)
            ?? (raw.Word(4) == 0 ? Wrong(BtfDiagnosticId.InvalidArray, 4, "Invalid index") : null);
    }

    private BtfDiagnostic? CheckMembers(RawType raw)
    {
        uint last = 0;
        for (int i = 0, word = 3; i < raw.Length; i++, word += 3)
        {
            uint offset = raw.Flag ? raw.Word(word + 2) & 0xffffff : raw.Word(word + 2);
            if (NamedOrNot(raw, word) is { } badName)
            {
                return badName;
            }

            if (raw.Word(word + 1) == 0)
            {
                return Wrong(BtfDiagnosticId.InvalidTypeId, word + 1, "Invalid type_id");
            }

            if (offset < last || (raw.Kind == BtfKind.Union && offset != 0))
            {
                return Wrong(BtfDiagnosticId.InvalidMember, word + 2, "Invalid member bits_offset");
            }

            // The kernel rounds up in 32 bits too, but divides before it adds.
            if ((offset / 8) + (offset % 8 != 0 ? 1u : 0) > raw.SizeOrType)
            {
                return Wrong(BtfDiagnosticId.InvalidMember, word + 2, "Member bits_offset exceeds its struct size");
            }

            last = offset;
        }

        return null;
    }

    private BtfDiagnostic? CheckEnum(RawType raw, int words)
    {
        if (raw.SizeOrType > 8 || !BitOperations.IsPow2(raw.SizeOrType))
        {
            return Wrong(BtfDiagnosticId.InvalidSize, 2, "Unexpected size");
        }

        BtfDiagnostic? wrong = NamedOrNot(raw, 0);
        for (int i = 0, word = 3; i < raw.Length && wrong is null; i++, word += words)
        {
            wrong = Named(raw, word);
        }

        return wrong;
    }

    private BtfDiagnostic? CheckVariable(RawType raw)
    {
        if (raw.SizeOrType == 0)
        {
            return Wrong(BtfDiagnosticId.InvalidTypeId, 2, "Invalid type_id");
        }

        return raw.Word(3) > 1 ? Wrong(BtfDiagnosticId.InvalidLinkage, 3, "Linkage not supported") : null;
    }

    private BtfDiagnostic? CheckSection(RawType raw)
    {
        if (raw.SizeOrType == 0)
        {
            return Wrong(BtfDiagnosticId.InvalidSize, 2, "size == 0");
        }

        if (NoFlag(raw) is { } flag)
        {
            return flag;
        }

        if (raw.NameOffset == 0 || !BtfNames.IsSection(graph.GetUtf8(raw.NameOffset)))
        {
            return Wrong(BtfDiagnosticId.InvalidName, 0, "Invalid name");
        }

        ulong end = 0;
        ulong sum = 0;
        for (int i = 0, word = 3; i < raw.Length; i++, word += 3)
        {
            (uint type, uint offset, uint size) = (raw.Word(word), raw.Word(word + 1), raw.Word(word + 2));
            if (type == 0)
            {
                return Wrong(BtfDiagnosticId.InvalidTypeId, word, "Invalid type_id");
            }

            if (offset < end || offset >= raw.SizeOrType)
            {
                return Wrong(BtfDiagnosticId.InvalidSectionVariable, word + 1, "Invalid offset");
            }

            if (size == 0 || size > raw.SizeOrType)
            {
                return Wrong(BtfDiagnosticId.InvalidSectionVariable, word + 2, "Invalid size");
            }

            end = (ulong)offset + size;
            if (end > raw.SizeOrType)
            {
                return Wrong(BtfDiagnosticId.InvalidSectionVariable, word + 1, "Invalid offset+size");
            }

            sum += size;
        }

        return sum > raw.SizeOrType ? Wrong(BtfDiagnosticId.InvalidSize, 2, "Invalid btf_info size") : null;
    }

    private BtfDiagnostic? Plain(RawType raw) => NoLength(raw) ?? NoFlag(raw);

    private BtfDiagnostic? NoLength(RawType raw) => raw.Length == 0 ? null : Wrong(BtfDiagnosticId.InvalidInfo, 1, "vlen != 0");

    private BtfDiagnostic? NoFlag(RawType raw) => raw.Flag ? Wrong(BtfDiagnosticId.InvalidInfo, 1, "Invalid btf_info kind_flag") : null;

    private BtfDiagnostic? Anonymous(RawType raw) => raw.NameOffset == 0 ? null : Wrong(BtfDiagnosticId.InvalidName, 0, "Invalid name");

    private BtfDiagnostic? Filled(RawType raw) =>
        graph.GetUtf8(raw.NameOffset).IsEmpty ? Wrong(BtfDiagnosticId.InvalidName, 0, "Invalid name") : null;

    private BtfDiagnostic? Named(RawType raw, int word) =>
        raw.Word(word) == 0 ? Wrong(BtfDiagnosticId.InvalidName, word, "Invalid name") : NamedOrNot(raw, word);

    private BtfDiagnostic? NamedOrNot(RawType raw, int word) =>
        raw.Word(word) == 0 || BtfNames.IsIdentifier(graph.GetUtf8(raw.Word(word)))
            ? null
            : Wrong(BtfDiagnosticId.InvalidName, word, "Invalid name");

    private BtfDiagnostic Wrong(BtfDiagnosticId id, int word, string message) =>
        new(id, graph.OffsetOf(_id) + (word * 4), message, _id);
}
