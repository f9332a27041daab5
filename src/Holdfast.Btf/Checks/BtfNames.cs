namespace Holdfast.Btf;

/// <summary>Which names the kernel takes (<c>btf_name_valid_identifier</c>, <c>btf_name_valid_section</c>).</summary>
internal static class BtfNames
{
    /// <summary>The kernel's longest symbol name, with its closing zero (<c>KSYM_NAME_LEN</c>).</summary>
    private const int MaxLength = 512;

    public static bool IsIdentifier(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty || name.Length > MaxLength || !(IsLetter(name[0]) || name[0] is (byte)'_' or (byte)'.'))
        {
            return false;
        }

        foreach (byte c in name[1..])
        {
            if (!IsLetter(c) && c is not ((>= (byte)'0' and <= (byte)'9') or (byte)'_' or (byte)'.'))
            {
                return false;
            }
        }

        return true;
    }

    public static bool IsSection(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty || name.Length > MaxLength)
        {
            return false;
        }

        foreach (byte c in name)
        {
            if (c is not ((>= 0x20 and < 0x7f) or >= 0xa0))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The kernel's character table is Latin-1.</summary>
    private static bool IsLetter(byte c) =>
        c is (>= (byte)'a' and <= (byte)'z') or (>= (byte)'A' and <= (byte)'Z') or (>= 0xc0 and not (0xd7 or 0xf7));
}
