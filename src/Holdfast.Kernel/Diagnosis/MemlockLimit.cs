using Holdfast.Isa.Abi;
using Holdfast.Kernel.Interop;

namespace Holdfast.Kernel.Diagnosis;

/// <summary>
/// The limit on locked memory. Kernels before 5.11 count maps and programs against it, later ones against the memory cgroup. Whether this
/// one does is asked of the kernel, not of its version: <c>bpf_ktime_get_coarse_ns</c> came in the same release.
/// </summary>
internal static class MemlockLimit
{
    private const int Resource = 8; // RLIMIT_MEMLOCK
    private const ulong Unlimited = ulong.MaxValue;
    private const int CoarseTime = 160; // BPF_FUNC_ktime_get_coarse_ns

    private static readonly Lazy<bool> Counted = new(() => !CanCallCoarseTime());

    /// <summary>Whether the running kernel counts maps and programs against the limit; asked once.</summary>
    public static bool IsCounted => Counted.Value;

    /// <summary>Why something may not have fitted, or null.</summary>
    public static string? Explain() =>
        IsCounted && Native.GetLimit(Resource, out ulong soft, out _) == 0 && soft != Unlimited
            ? $"this kernel counts maps against RLIMIT_MEMLOCK, which is {soft >> 10} KiB; raise it: Bpf.RaiseMemlockLimit, or ulimit -l unlimited"
            : null;

    /// <summary>Lifts the limit for this process, where it matters.</summary>
    /// <param name="isCounted">Whether it does.</param>
    /// <param name="note">What was changed or why it could not be, in one line; null if there was nothing to do.</param>
    /// <returns>Zero, or the negated error number.</returns>
    public static int Raise(bool isCounted, out string? note)
    {
        note = null;
        if (!isCounted)
            return 0;
        int result = Native.GetLimit(Resource, out ulong soft, out ulong hard);
        if (result < 0 || soft == Unlimited)
            return result;
        result = Native.SetLimit(Resource, Unlimited, Unlimited);
        ulong reached = Unlimited;
        if (result < 0 && soft < hard)
        {
            // Only privilege lifts the hard limit; up to it anybody may go.
            result = Native.SetLimit(Resource, hard, hard);
            reached = hard;
        }

        note = result < 0
            ? $"RLIMIT_MEMLOCK stays {soft >> 10} KiB, against which this kernel counts maps: raising it needs CAP_SYS_RESOURCE"
            : $"raised RLIMIT_MEMLOCK from {soft >> 10} KiB to {(reached == Unlimited ? "unlimited" : $"{reached >> 10} KiB")}, because this kernel counts maps against it";
        return result;
    }

    /// <summary>Loads <c>call ktime_get_coarse_ns; exit</c> as a socket filter. Without privilege nothing can be asked, and the limit is left out of it.</summary>
    private static unsafe bool CanCallCoarseTime()
    {
        ReadOnlySpan<ulong> code = [0x85ul | ((ulong)CoarseTime << 32), 0x95];
        ReadOnlySpan<byte> license = "GPL\0"u8;

        // Safe: two instructions and a terminated text, pinned for the call.
        fixed (ulong* instructions = code)
        fixed (byte* text = license)
        {
            ProgLoadAttribute attribute = new()
            {
                ProgType = ProgramType.SocketFilter,
                Insns = (ulong)instructions,
                InsnCnt = 2,
                License = (ulong)text,
            };
            int result = Native.Bpf((int)BpfCommand.ProgLoad, new Span<byte>(&attribute, sizeof(ProgLoadAttribute)));
            if (result >= 0)
                _ = Native.Close(result);
            return result >= 0 || result == -(int)Errno.EPERM;
        }
    }
}
