using System.Runtime.InteropServices;
using Holdfast.Execution;
using Holdfast.Isa.Abi;
using Holdfast.Verifier.Prototypes;

namespace Holdfast.Userspace.Programs.Contexts;

/// <summary>
/// A packet as <c>struct sk_buff</c> programs see it: linear, with room on both sides; data starts at the Ethernet header for
/// sched_cls and sched_act, behind it for all others.
/// </summary>
public sealed unsafe partial class SkBuffContext : HostContext
{
    /// <summary>Longest packet that helpers make, <c>SKB_MAX_ALLOC</c> of 4 KiB pages.</summary>
    internal const int MaximumLength = 16384 - SharedInfoBytes;

    /// <summary>Bytes that the kernel keeps behind a packet, <c>SKB_DATA_ALIGN(sizeof(struct skb_shared_info))</c>.</summary>
    internal const int SharedInfoBytes = 320;

    private const int Headroom = 20480 + KernelHeadroom; // programs see the low bits of the kernel's packet pointers
    private const int Capacity = Headroom + 24576;
    private const int NotSet = -1;

    /// <summary>What the kernel leaves before a test run's frame, <c>NET_SKB_PAD + NET_IP_ALIGN</c>.</summary>
    internal const int KernelHeadroom = 64;

    private readonly bool _isLink;
    private byte* _buffer;
    private byte* _socket;
    private int _data;
    private int _room;

    /// <summary>Makes an empty packet.</summary>
    /// <param name="type">A program type on <c>__sk_buff</c>.</param>
    public SkBuffContext(ProgramType type)
        : base(ProgramTypes.Find(type)!.Context, SkBuffField.Bytes)
    {
        Type = type;
        _isLink = type is ProgramType.SchedCls or ProgramType.SchedAct;
        _buffer = (byte*)NativeMemory.AlignedAlloc(Capacity, 256);
        _socket = (byte*)NativeMemory.AllocZeroed(SocketMemory.Bytes);
    }

    /// <summary>The program type.</summary>
    public ProgramType Type { get; }

    /// <summary>Bytes of packet from the first one that programs see.</summary>
    public int Length { get; private set; }

    /// <summary>The packet from its first visible byte.</summary>
    public Span<byte> Packet => new(_buffer + _data, Length);

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> DataOut => Packet;

    // Offsets in the buffer, as skb's.
    internal int MacHeader { get; set; }

    internal int NetworkHeader { get; set; }

    internal int TransportHeader { get; set; }

    internal int NetworkOffset => NetworkHeader - _data;

    internal int MacLength => NetworkHeader - MacHeader;

    /// <summary><c>skb->protocol</c>, in network order.</summary>
    internal ushort Protocol
    {
        get => (ushort)Word(SkBuffField.Protocol);
        set => Word(SkBuffField.Protocol) = value;
    }

    internal bool IsEncapsulated { get; set; }

    internal bool HasVlanTag => Word(SkBuffField.VlanPresent) != 0;

    /// <summary>Whether a checksum was found good and how deep (<c>csum_level</c>); -1 if not.</summary>
    internal int ChecksumLevel { get; set; }

    /// <summary>Whether <see cref="Checksum"/> is the packet's (<c>CHECKSUM_COMPLETE</c>).</summary>
    internal bool HasChecksum { get; set; }

    internal uint Checksum { get; set; }

    internal bool HasTunnelKey { get; set; }

    internal Span<byte> SocketBytes => new(_socket, SocketMemory.Bytes);

    /// <summary>Puts a frame in.</summary>
    /// <param name="frame">The frame with its Ethernet header, at least 14 bytes.</param>
    /// <param name="ifindex">The interface it came in on.</param>
    public void Load(ReadOnlySpan<byte> frame, uint ifindex = 1)
    {
        Visible.Clear();
        _data = Headroom;
        _room = KernelHeadroom;
        Length = frame.Length;
        frame.CopyTo(new Span<byte>(_buffer + _data, Capacity - Headroom));
        ClearState();
        MacHeader = _data;
        ReadEthernetHeader();
        Pull(EtherType.HeaderLength);
        NetworkHeader = _data;
        Word(SkBuffField.Ifindex) = ifindex;
        SocketMemory.Describe(SocketBytes, Protocol, Packet);
        DescribeSocket();
        if (_isLink)
        {
            Push(EtherType.HeaderLength);
        }

        Word(SkBuffField.WireLength) = (uint)Length;
        Refresh();
    }

    /// <summary>
    /// Legacy packet loads: offsets from the network header (<c>SKF_NET_OFF</c>) or link header (<c>SKF_LL_OFF</c>) are negative.
    /// </summary>
    /// <inheritdoc/>
    public override bool TryLoadPacket(int offset, int size, out uint value)
    {
        const int FromNetwork = -0x100000;
        const int FromLink = -0x200000;
        long start = offset >= 0 ? _data + (long)offset
            : offset >= FromNetwork ? NetworkHeader + (long)offset - FromNetwork
            : offset >= FromLink ? MacHeader + (long)offset - FromLink
            : -1;
        value = 0;
        if (start < (offset >= 0 ? _data : MacHeader) || start + size > _data + Length)
        {
            return false;
        }

        // In bounds as just checked.
        for (int i = 0; i < size; i++)
        {
            value = (value << 8) | _buffer[start + i];
        }

        return true;
    }

    /// <inheritdoc/>
    public override void Complete()
    {
        if (!_isLink)
        {
            Push(EtherType.HeaderLength);
            Packet[..EtherType.HeaderLength].Clear();
        }
    }

    /// <summary>The packet from an offset of the buffer on, to its end.</summary>
    internal Span<byte> From(int bufferOffset) => new(_buffer + bufferOffset, _data + Length - bufferOffset);

    /// <summary>Tells programs where the packet is now (<c>bpf_compute_data_pointers</c>).</summary>
    internal void Refresh()
    {
        Word(SkBuffField.Length) = (uint)Length;
        PacketData = _buffer + _data;
        PacketLength = Length;
        if (Type == ProgramType.SocketFilter)
        {
            return;
        }

        ulong start = (ulong)(_buffer + _data);
        Slot(0) = start;
        Slot(1) = start + (uint)Length;
        Slot(2) = start;
    }

    private protected override void FreeMore()
    {
        NativeMemory.AlignedFree(_buffer);
        NativeMemory.Free(_socket);
        _buffer = null;
        _socket = null;
    }

    private void ClearState()
    {
        TransportHeader = NotSet;
        IsEncapsulated = false;
        ChecksumLevel = -1;
        HasChecksum = false;
        HasTunnelKey = false;
    }

    /// <summary>Protocol and packet type (<c>eth_type_trans</c> on the loopback device, whose address is all zero).</summary>
    private void ReadEthernetHeader()
    {
        ReadOnlySpan<byte> frame = Packet;
        const uint Host = 0;
        const uint Multicast = 2;
        const uint OtherHost = 3;
        Protocol = EtherType.Classify(MemoryMarshal.Read<ushort>(frame[12..]), frame[EtherType.HeaderLength..]);
        Word(SkBuffField.PacketType) = !frame[..6].ContainsAnyExcept((byte)0) ? Host : (frame[0] & 1) != 0 ? Multicast : OtherHost;
    }

    /// <summary>The fields that are read through the socket, where the type shows them.</summary>
    private void DescribeSocket()
    {
        ReadOnlySpan<byte> socket = SocketBytes;
        DoubleWord(SkBuffField.Socket) = (ulong)_socket;
        if (Type is ProgramType.CgroupSkb or ProgramType.SkSkb)
        {
            Word(SkBuffField.Family) = MemoryMarshal.Read<uint>(socket[SocketMemory.Family..]);
            socket.Slice(SocketMemory.DestinationIp4, 4).CopyTo(Visible[SkBuffField.RemoteIp4..]);
            socket.Slice(SocketMemory.SourceIp4, 4).CopyTo(Visible[SkBuffField.LocalIp4..]);
            socket.Slice(SocketMemory.DestinationIp6, 16).CopyTo(Visible[SkBuffField.RemoteIp6..]);
            socket.Slice(SocketMemory.SourceIp6, 16).CopyTo(Visible[SkBuffField.LocalIp6..]);
        }
    }
}
