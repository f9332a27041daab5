using Holdfast.Isa.Abi;

namespace Holdfast.Userspace.Commands;

/// <summary>What a map or program may be called (<c>bpf_obj_name_cpy</c>).</summary>
internal static class ObjectNames
{
    /// <summary>Letters (Latin-1's too: the kernel's <c>isalnum</c> counts 0xc0 to 0xff but × and ÷), digits, <c>_</c> and <c>.</c>, and a terminator.</summary>
    public static bool IsValid(ObjectName name)
    {
        ReadOnlySpan<byte> bytes = name;
        int end = bytes.IndexOf((byte)0);
        if (end < 0)
            return false;
        foreach (byte letter in bytes[..end])
        {
            if (!char.IsAsciiLetterOrDigit((char)letter) && letter != '_' && letter != '.' && !IsLatin1Letter(letter))
                return false;
        }

        return true;
    }

    private static bool IsLatin1Letter(byte letter) => letter >= 0xc0 && letter is not (0xd7 or 0xf7);
}
