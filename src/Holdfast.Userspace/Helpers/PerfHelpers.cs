using Holdfast.Execution;
using Holdfast.Isa.Abi;
using Holdfast.Userspace.Maps.Perf;
using Holdfast.Userspace.Programs.Contexts;

namespace Holdfast.Userspace.Helpers;

/// <summary>Records for perf event arrays (kernel/trace/bpf_trace.c, net/core/filter.c).</summary>
internal static unsafe class PerfHelpers
{
    private const ulong IndexMask = uint.MaxValue; // BPF_F_INDEX_MASK
    private const uint CurrentSlot = uint.MaxValue; // BPF_F_CURRENT_CPU
    private const ulong PacketLengthMask = 0xfffffUL << 32; // BPF_F_CTXLEN_MASK

    /// <summary>
    /// <c>bpf_perf_event_output(ctx, map, flags, data, size)</c>: programs of packets may ask for so many bytes of theirs behind the data
    /// (<c>bpf_skb_event_output</c>, <c>bpf_xdp_event_output</c>).
    /// </summary>
    public static ulong Output(RunContext context, ulong r1, ulong map, ulong flags, ulong data, ulong size)
    {
        bool hasPacket = context is SkBuffContext or XdpContext;
        if ((flags & ~(hasPacket ? PacketLengthMask | IndexMask : IndexMask)) != 0 || RuntimeMap.FromHandle(map) is not RuntimePerfArray events)
            return HelperError.InvalidArgument;
        if (!TryPacket(context, (int)(flags >> 32), out ReadOnlySpan<byte> first, out ReadOnlySpan<byte> second))
            return HelperError.BadAddress;

        // Safe: the verifier proved so many bytes to be readable.
        ReadOnlySpan<byte> bytes = new((void*)data, (int)size);
        uint index = (uint)flags == CurrentSlot ? context.ExecutionSlot : (uint)flags;
        return (ulong)events.Output(index, context.ExecutionSlot, bytes, first, second);
    }

    public static HelperTable AddTo(HelperTable table) => table.With(HelperId.PerfEventOutput, &Output);

    /// <summary>The packet's first bytes, in two pieces where it has fragments.</summary>
    private static bool TryPacket(RunContext context, int length, out ReadOnlySpan<byte> first, out ReadOnlySpan<byte> second)
    {
        first = second = default;
        if (length == 0)
            return true;
        if (context is SkBuffContext packet)
        {
            if (length > packet.Length)
                return false;
            first = packet.Packet[..length];
            return true;
        }

        XdpContext frame = (XdpContext)context;
        if (length > frame.Length)
            return false;
        int linear = Math.Min(length, frame.End - frame.Data);
        first = frame.Page(frame.Data, linear);
        second = frame.DataOutTail[..(length - linear)];
        return true;
    }
}
