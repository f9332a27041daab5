using Holdfast.Execution;
using Holdfast.Isa.Abi;
using Holdfast.Userspace.Programs.Contexts;

namespace Holdfast.Userspace.Helpers;

/// <summary>XDP frames (net/core/filter.c).</summary>
internal static unsafe class XdpHelpers
{
    private const uint LargestOffset = 0xffff;

    /// <summary><c>bpf_xdp_adjust_head(xdp, delta)</c>: metadata moves along.</summary>
    public static ulong AdjustHead(RunContext context, ulong xdp, ulong delta, ulong r3, ulong r4, ulong r5)
    {
        XdpContext frame = (XdpContext)context;
        int metaLength = frame.Data - frame.Meta;
        long data = frame.Data + (long)(int)delta;
        if (data < XdpContext.FrameBytes + metaLength || data > frame.End - EtherType.HeaderLength)
        {
            return HelperError.InvalidArgument;
        }

        if (metaLength > 0)
        {
            frame.Page(frame.Meta, metaLength).CopyTo(frame.Page((int)data - metaLength, metaLength));
        }

        frame.Meta = (int)data - metaLength;
        frame.Data = (int)data;
        frame.Refresh();
        return 0;
    }

    /// <summary><c>bpf_xdp_adjust_meta(xdp, delta)</c></summary>
    public static ulong AdjustMeta(RunContext context, ulong xdp, ulong delta, ulong r3, ulong r4, ulong r5)
    {
        const int MostMetaBytes = 255;
        XdpContext frame = (XdpContext)context;
        long meta = frame.Meta + (long)(int)delta;
        if (meta < XdpContext.FrameBytes || meta > frame.Data)
        {
            return HelperError.InvalidArgument;
        }

        long length = frame.Data - meta;
        if (length % 4 != 0 || length > MostMetaBytes)
        {
            return HelperError.Denied;
        }

        frame.Meta = (int)meta;
        frame.Refresh();
        return 0;
    }

    /// <summary><c>bpf_xdp_adjust_tail(xdp, delta)</c>: what is gained is zero.</summary>
    public static ulong AdjustTail(RunContext context, ulong xdp, ulong delta, ulong r3, ulong r4, ulong r5)
    {
        XdpContext frame = (XdpContext)context;
        int change = (int)delta;
        if (frame.FragmentLength > 0)
        {
            return XdpFragments.AdjustTail(frame, change);
        }

        long end = frame.End + (long)change;
        if (end > XdpContext.HardEnd || end < frame.Data + EtherType.HeaderLength)
        {
            return HelperError.InvalidArgument;
        }

        if (change > 0)
        {
            frame.Page(frame.End, change).Clear();
        }

        frame.End = (int)end;
        frame.Refresh();
        return 0;
    }

    /// <summary><c>bpf_xdp_get_buff_len(xdp)</c></summary>
    public static ulong BufferLength(RunContext context, ulong xdp, ulong r2, ulong r3, ulong r4, ulong r5) =>
        (ulong)((XdpContext)context).Length;

    /// <summary><c>bpf_xdp_load_bytes(xdp, offset, buf, len)</c></summary>
    public static ulong LoadBytes(RunContext context, ulong xdp, ulong offset, ulong buffer, ulong length, ulong r5)
    {
        XdpContext frame = (XdpContext)context;
        ulong error = Check(frame, (uint)offset, (uint)length);
        if (error == 0)
        {
            // The verifier proved the buffer writable for the length.
            frame.Read((int)offset, new Span<byte>((void*)buffer, (int)length));
        }

        return error;
    }

    /// <summary><c>bpf_xdp_store_bytes(xdp, offset, buf, len)</c></summary>
    public static ulong StoreBytes(RunContext context, ulong xdp, ulong offset, ulong buffer, ulong length, ulong r5)
    {
        XdpContext frame = (XdpContext)context;
        ulong error = Check(frame, (uint)offset, (uint)length);
        if (error == 0)
        {
            frame.Write((int)offset, new ReadOnlySpan<byte>((void*)buffer, (int)length));
        }

        return error;
    }

    private static ulong Check(XdpContext frame, uint offset, uint length) =>
        offset > LargestOffset || length > LargestOffset ? HelperError.BadAddress
        : offset + length > (uint)frame.Length ? HelperError.InvalidArgument
        : 0;

    public static HelperTable AddTo(HelperTable table) => table
        .With(HelperId.XdpAdjustHead, &AdjustHead)
        .With(HelperId.XdpAdjustMeta, &AdjustMeta)
        .With(HelperId.XdpAdjustTail, &AdjustTail)
        .With(HelperId.XdpGetBuffLen, &BufferLength)
        .With(HelperId.XdpLoadBytes, &LoadBytes)
        .With(HelperId.XdpStoreBytes, &StoreBytes);
}
