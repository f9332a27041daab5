using System.Runtime.InteropServices;
using Holdfast.Isa.Abi;

namespace Holdfast.Userspace.Programs.Contexts;

/// <summary>A caller's <c>xdp_md</c>: there data counts metadata bytes, data_end where the linear part ends.</summary>
internal readonly record struct XdpFields(bool Given, uint Data, uint DataEnd, uint DataMeta, uint Ifindex, uint Queue, uint Egress, int Linear)
{
    public const int Bytes = 24;
    private const int MostMetaBytes = 255;

    public int Meta => (int)Data;

    public static XdpFields Of(ReadOnlySpan<byte> caller, int length)
    {
        if (caller.IsEmpty)
        {
            return new XdpFields(false, 0, 0, 0, 0, 0, 0, Math.Min(length, MostLinear(0)));
        }

        ReadOnlySpan<uint> words = MemoryMarshal.Cast<byte, uint>(caller);
        return new XdpFields(true, words[0], words[1], words[2], words[3], words[4], words[5], (int)Math.Min(words[1], (uint)MostLinear(words[0])));
    }

    /// <summary>What the kernel answers to such fields.</summary>
    public Errno Check(int length)
    {
        if (Given && (DataMeta != 0 || DataEnd > length || Data > DataEnd || IsBadMeta(Data) || Egress != 0 || (Ifindex == 0 && Queue != 0)))
        {
            return Errno.EINVAL;
        }

        if (length - Data < EtherType.HeaderLength)
        {
            return Errno.EINVAL;
        }

        // The loopback interface is the only one, with one queue.
        return Ifindex > 1 ? Errno.ENODEV
            : Queue > 0 ? Errno.EINVAL
            : length - Linear > XdpContext.MaximumFragmentBytes ? Errno.ENOMEM
            : Errno.None;
    }

    public static void Return(XdpContext context, Span<byte> caller)
    {
        Span<uint> words = MemoryMarshal.Cast<byte, uint>(caller);
        words[0] = (uint)(context.Data - context.Meta);
        words[1] = (uint)(context.End - context.Meta);
    }

    /// <summary>Metadata is a multiple of 4 bytes (<c>xdp_metalen_invalid</c>) and leaves the frame's bookkeeping alone.</summary>
    private static bool IsBadMeta(uint bytes) =>
        bytes % 4 != 0 || bytes > MostMetaBytes || bytes > XdpContext.Headroom - XdpContext.FrameBytes;

    private static int MostLinear(uint meta) => XdpContext.PageBytes - XdpContext.Headroom + (int)Math.Min(meta, 256) - SkBuffContext.SharedInfoBytes;
}
