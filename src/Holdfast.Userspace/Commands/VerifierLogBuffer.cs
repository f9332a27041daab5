using System.Text;
using Holdfast.Isa.Abi;
using Holdfast.Userspace.Attributes;
using Holdfast.Verifier;

namespace Holdfast.Userspace.Commands;

/// <summary>
/// Writes the log into the caller's buffer, as the kernel does: the end of it if it doesn't fit (the beginning, if a fixed log is asked for),
/// and ENOSPC. A level without a buffer asks for the size only.
/// </summary>
internal static class VerifierLogBuffer
{
    private const uint Fixed = 8; // BPF_LOG_FIXED
    private const uint Statistics = 4; // BPF_LOG_STATS

    /// <summary>The verifier's level for a level of the attribute: whatever is asked for, the closing line is written.</summary>
    public static int VerifierLevel(uint level) => (int)(level == Fixed ? Statistics : level & ~Fixed);

    /// <summary>Writes the log and its true size.</summary>
    /// <returns>Zero, or the negated error.</returns>
    public static int Write(ref ProgLoadAttribute attribute, VerificationReport report)
    {
        byte[] log = attribute.LogLevel == 0 ? [] : Encoding.UTF8.GetBytes(report.Log);
        attribute.LogTrueSize = log.Length == 0 ? 0 : (uint)log.Length + 1;
        if (attribute.LogBuf == 0 || attribute.LogLevel == 0)
            return 0;
        if (!UserMemory.TrySpan(attribute.LogBuf, attribute.LogSize, out Span<byte> buffer))
            return -(int)Errno.EFAULT;
        int kept = Math.Min(log.Length, buffer.Length - 1);
        log.AsSpan((attribute.LogLevel & Fixed) != 0 ? 0 : log.Length - kept, kept).CopyTo(buffer);
        buffer[kept] = 0;
        return kept < log.Length ? -(int)Errno.ENOSPC : 0;
    }
}
