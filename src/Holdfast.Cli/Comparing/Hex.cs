namespace Holdfast.Cli.Comparing;

/// <summary>Bytes as hexadecimal text.</summary>
internal static class Hex
{
    private const int Word = 16; // digits of 8 bytes
    private const int Most = 64;

    /// <summary>Compares word by word, passing over words of 8 bytes that the kernel itself doesn't repeat: times and chance.</summary>
    /// <param name="kernel">The kernel's bytes.</param>
    /// <param name="again">The kernel's, of a second trial.</param>
    /// <param name="user">Ours.</param>
    public static bool Same(string kernel, string again, string user)
    {
        if (kernel.Length != user.Length || kernel.Length != again.Length)
            return kernel.Length != again.Length;
        for (int at = 0; at < kernel.Length; at += Word)
        {
            int length = Math.Min(Word, kernel.Length - at);
            bool repeats = string.CompareOrdinal(kernel, at, again, at, length) == 0;
            if (repeats && string.CompareOrdinal(kernel, at, user, at, length) != 0)
                return false;
        }

        return true;
    }

    /// <summary>Text that fits a line.</summary>
    public static string Shorten(string? hex) => hex is null ? "nothing" : hex.Length <= Most ? hex : hex[..Most] + "…";
}
