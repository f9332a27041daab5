using System.Runtime.InteropServices;
using Holdfast.Execution;
using Holdfast.Isa.Abi;
using Holdfast.Verifier.Prototypes;

namespace Holdfast.Userspace.Programs.Contexts;

/// <summary>A frame as XDP programs see it: one 4 KiB page with 256 bytes of headroom, the rest of a long frame in fragments.</summary>
public sealed unsafe class XdpContext : HostContext
{
    internal const int PageBytes = 4096;

    /// <summary><c>XDP_PACKET_HEADROOM</c></summary>
    internal const int Headroom = 256;

    /// <summary><c>sizeof(struct xdp_frame)</c>: what the kernel keeps at the page's start.</summary>
    internal const int FrameBytes = 40;

    /// <summary>Where data must end, <c>xdp_data_hard_end</c>.</summary>
    internal const int HardEnd = PageBytes - SkBuffContext.SharedInfoBytes;

    /// <summary>Most fragments, <c>MAX_SKB_FRAGS</c>, of a page each.</summary>
    internal const int MaximumFragmentBytes = 17 * PageBytes;

    private const int IngressIfindex = 12;
    private const int ReceiveQueue = 16;
    private byte* _page;
    private byte* _fragments;

    /// <summary>Makes an empty frame.</summary>
    public XdpContext()
        : base(ProgramTypes.Find(ProgramType.Xdp)!.Context, 24)
    {
        _page = (byte*)NativeMemory.AlignedAlloc(PageBytes, 256);
    }

    // Offsets in the page.
    internal int Meta { get; set; }

    internal int Data { get; set; }

    internal int End { get; set; }

    internal int FragmentLength { get; set; }

    /// <summary>Bytes of the frame, fragments included.</summary>
    public int Length => End - Data + FragmentLength;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> DataOut => new(_page + Meta, End - Meta);

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> DataOutTail => new(_fragments, FragmentLength);

    /// <summary>Puts a frame in.</summary>
    /// <param name="bytes">Metadata, then the frame.</param>
    /// <param name="linear">How much of it lies in the page.</param>
    /// <param name="meta">How much of it is metadata.</param>
    /// <param name="ifindex">The interface it came in on.</param>
    /// <param name="queue">The queue it came in on.</param>
    public void Load(ReadOnlySpan<byte> bytes, int linear, int meta = 0, uint ifindex = 1, uint queue = 0)
    {
        new Span<byte>(_page, PageBytes).Clear();
        Meta = Headroom - meta;
        Data = Headroom;
        End = Meta + linear;
        bytes[..linear].CopyTo(new Span<byte>(_page + Meta, linear));
        FragmentLength = bytes.Length - linear;
        if (FragmentLength > 0)
        {
            _fragments = _fragments != null ? _fragments : (byte*)NativeMemory.Alloc(MaximumFragmentBytes);
            bytes[linear..].CopyTo(new Span<byte>(_fragments, MaximumFragmentBytes));
        }

        Word(IngressIfindex) = ifindex;
        Word(ReceiveQueue) = queue;
        Refresh();
    }

    /// <summary>Bytes of the page, from an offset in it.</summary>
    internal Span<byte> Page(int offset, int length) => new(_page + offset, length);

    /// <summary>Copies from the frame, across fragments. The caller checked the bounds.</summary>
    internal void Read(int offset, Span<byte> destination)
    {
        int first = Math.Clamp(End - Data - offset, 0, destination.Length);
        new ReadOnlySpan<byte>(_page + Data + offset, first).CopyTo(destination);
        if (first < destination.Length)
        {
            new ReadOnlySpan<byte>(_fragments + offset + first - (End - Data), destination.Length - first).CopyTo(destination[first..]);
        }
    }

    /// <summary>Copies into the frame, across fragments. The caller checked the bounds.</summary>
    internal void Write(int offset, ReadOnlySpan<byte> source)
    {
        int first = Math.Clamp(End - Data - offset, 0, source.Length);
        source[..first].CopyTo(new Span<byte>(_page + Data + offset, first));
        if (first < source.Length)
        {
            source[first..].CopyTo(new Span<byte>(_fragments + offset + first - (End - Data), source.Length - first));
        }
    }

    /// <summary>Tells programs where the frame is now.</summary>
    internal void Refresh()
    {
        Slot(0) = (ulong)(_page + Data);
        Slot(1) = (ulong)(_page + End);
        Slot(2) = (ulong)(_page + Meta);
        PacketData = _page + Data;
        PacketLength = End - Data;
    }

    private protected override void FreeMore()
    {
        NativeMemory.AlignedFree(_page);
        NativeMemory.Free(_fragments);
        _page = null;
        _fragments = null;
    }
}
