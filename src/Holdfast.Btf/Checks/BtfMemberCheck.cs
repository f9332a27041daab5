namespace Holdfast.Btf;

/// <summary>Whether members lie within their composite (the kernel's <c>check_member</c> and <c>check_kflag_member</c>).</summary>
internal sealed class BtfMemberCheck(BtfGraph graph)
{
    private const uint EnumBits = 32;

    /// <summary>What the kernel calls a regular integer: whole bytes of a power of two, from bit 0.</summary>
    public static bool IsRegular(RawType integer)
    {
        uint bits = integer.Word(3) & 0xff;
        return ((integer.Word(3) >> 16) & 0xff) == 0 && bits is 8 or 16 or 32 or 64 or 128;
    }

    /// <summary>Checks the member whose record starts at <paramref name="word"/>; returns what is wrong, or null.</summary>
    public string? Find(RawType composite, int word)
    {
        uint id = graph.SkipModifiers(composite.Word(word + 1));
        BtfKind kind = graph.KindOf(id);
        if (kind.HasNoSize())
        {
            return "Invalid member";
        }

        uint size = composite.SizeOrType;
        uint field = composite.Word(word + 2);
        uint offset = composite.Flag ? field & 0xffffff : field;
        uint width = composite.Flag ? field >> 24 : 0;
        RawType member = graph.Raw(id);
        switch (kind)
        {
            case BtfKind.Int:
                return composite.Flag ? CheckFlagged(member, size, offset, width) : CheckLegacy(member, size, offset);
            case BtfKind.Enum or BtfKind.Enum64 when composite.Flag:
                return CheckEnum(size, offset, width);
        }

        if (width != 0)
        {
            return "Invalid member bitfield_size";
        }

        if (kind == BtfKind.Float)
        {
            uint alignment = Math.Min(8, member.SizeOrType) * 8;
            if (offset % alignment != 0)
            {
                return "Member is not properly aligned";
            }
        }
        else if (offset % 8 != 0)
        {
            return "Member is not byte aligned";
        }

        return graph.TryGetSize(id, out uint bytes) && offset / 8 <= size && size - (offset / 8) >= bytes
            ? null
            : "Member exceeds struct_size";
    }

    private static string? CheckLegacy(RawType integer, uint size, uint offset)
    {
        uint shift = (integer.Word(3) >> 16) & 0xff;
        return uint.MaxValue - offset < shift
            ? "bits_offset exceeds U32_MAX"
            : CheckBits(size, offset + shift, integer.Word(3) & 0xff);
    }

    private static string? CheckFlagged(RawType integer, uint size, uint offset, uint width)
    {
        uint bits = integer.Word(3) & 0xff;
        if (!IsRegular(integer))
        {
            return "Invalid member base type";
        }

        if (width > bits)
        {
            return "Invalid member bitfield_size";
        }

        if (width == 0 && offset % 8 != 0)
        {
            return "Invalid member offset";
        }

        return CheckBits(size, offset, width == 0 ? bits : width);
    }

    private static string? CheckBits(uint size, uint offset, uint bits)
    {
        uint start = offset / 8;
        uint copied = bits + (offset % 8);
        if (copied > 128)
        {
            return "nr_copy_bits exceeds 128";
        }

        return size < start || size - start < (copied + 7) / 8 ? "Member exceeds struct_size" : null;
    }

    /// <summary>The kernel takes every enumeration in a struct with bitfields for an int.</summary>
    private static string? CheckEnum(uint size, uint offset, uint width)
    {
        if (width == 0 && offset % 8 != 0)
        {
            return "Member is not byte aligned";
        }

        if (width > EnumBits)
        {
            return "Invalid member bitfield_size";
        }

        uint end = (offset + (width == 0 ? EnumBits : width) + 7) / 8;
        return size < end ? "Member exceeds struct_size" : null;
    }
}
