using Holdfast.Userspace.Programs.Contexts;

namespace Holdfast.Userspace.Helpers;

/// <summary>The tail of a frame in fragments (<c>bpf_xdp_frags_increase_tail</c>, <c>bpf_xdp_frags_shrink_tail</c>).</summary>
internal static class XdpFragments
{
    public static ulong AdjustTail(XdpContext frame, int change) => change < 0 ? Shrink(frame, -change) : Grow(frame, change);

    private static ulong Grow(XdpContext frame, int bytes)
    {
        // Only the last page's room can be used.
        int used = ((frame.FragmentLength - 1) % XdpContext.PageBytes) + 1;
        if (bytes > XdpContext.PageBytes - used)
        {
            return HelperError.InvalidArgument;
        }

        int offset = frame.Length;
        frame.FragmentLength += bytes;
        for (int i = 0; i < bytes; i++)
        {
            frame.Write(offset + i, [0]);
        }

        return 0;
    }

    private static ulong Shrink(XdpContext frame, int bytes)
    {
        if (frame.Length - bytes < EtherType.HeaderLength)
        {
            return HelperError.InvalidArgument;
        }

        int fromFragments = Math.Min(bytes, frame.FragmentLength);
        frame.FragmentLength -= fromFragments;
        frame.End -= bytes - fromFragments;
        frame.Refresh();
        return 0;
    }
}
