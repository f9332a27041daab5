using Holdfast.Execution;
using Holdfast.Isa.Abi;
using Holdfast.Userspace.Programs.Contexts;

namespace Holdfast.Userspace.Helpers;

/// <summary>Making room in an skb, or taking it away (net/core/filter.c).</summary>
internal static unsafe class SkBuffRoomHelpers
{
    private const int Ipv4Length = 20;
    private const int Ipv6Length = 40;

    /// <summary><c>bpf_skb_change_tail(skb, len, flags)</c></summary>
    public static ulong ChangeTail(RunContext context, ulong skb, ulong length, ulong flags, ulong r4, ulong r5)
    {
        SkBuffContext packet = (SkBuffContext)context;
        uint wanted = (uint)length;
        if (flags != 0 || wanted > SkBuffContext.MaximumLength || wanted < LeastLength(packet))
        {
            return HelperError.InvalidArgument;
        }

        if (packet.IsEncapsulated)
        {
            return HelperError.NotSupported;
        }

        if (wanted != (uint)packet.Length)
        {
            packet.HasChecksum = false;
            packet.SetLength((int)wanted);
            packet.Refresh();
        }

        return 0;
    }

    /// <summary><c>bpf_skb_change_head(skb, len, flags)</c>: the new front counts as link header.</summary>
    public static ulong ChangeHead(RunContext context, ulong skb, ulong room, ulong flags, ulong r4, ulong r5)
    {
        SkBuffContext packet = (SkBuffContext)context;
        int bytes = (int)(uint)room;
        if (flags != 0 || bytes < 0 || bytes + (long)packet.Length > SkBuffContext.MaximumLength)
        {
            return HelperError.InvalidArgument;
        }

        if (!packet.TryMakeRoom(bytes))
        {
            return HelperError.NoMemory;
        }

        packet.Push(bytes);
        packet.Packet[..bytes].Clear();
        packet.ResetMacHeader();
        packet.Refresh();
        return 0;
    }

    /// <summary><c>bpf_skb_change_proto(skb, proto, flags)</c>: IPv4 to IPv6 or back; the headers' content is the program's to write.</summary>
    public static ulong ChangeProtocol(RunContext context, ulong skb, ulong protocol, ulong flags, ulong r4, ulong r5)
    {
        const int Difference = Ipv6Length - Ipv4Length;
        SkBuffContext packet = (SkBuffContext)context;
        if (flags != 0)
        {
            return HelperError.InvalidArgument;
        }

        ushort wanted = (ushort)protocol;
        bool done;
        if (packet.Protocol == EtherType.Ipv4 && wanted == EtherType.Ipv6)
        {
            done = packet.TryInsert(packet.MacLength, Difference);
        }
        else if (packet.Protocol == EtherType.Ipv6 && wanted == EtherType.Ipv4)
        {
            done = packet.TryRemove(packet.MacLength, Difference);
        }
        else
        {
            return HelperError.NotSupported;
        }

        if (done)
        {
            packet.Protocol = wanted;
            packet.Word(SkBuffField.Hash) = 0;
            packet.Refresh();
        }

        return done ? 0 : HelperError.NoMemory;
    }

    /// <summary><c>bpf_skb_adjust_room(skb, len_diff, mode, flags)</c></summary>
    public static ulong AdjustRoom(RunContext context, ulong skb, ulong difference, ulong mode, ulong flags, ulong r5)
    {
        SkBuffContext packet = (SkBuffContext)context;
        return packet.Type == ProgramType.SkSkb
            ? HelperError.NotSupported
            : RoomAdjustment.Apply(packet, (int)(uint)difference, (uint)mode, flags);
    }

    /// <summary>A packet keeps the headers that were found in it (<c>__bpf_skb_min_len</c>).</summary>
    private static uint LeastLength(SkBuffContext packet)
    {
        int least = packet.HasTransportHeader && packet.TransportOffset > 0 ? packet.TransportOffset : packet.NetworkOffset;
        return (uint)Math.Max(least, 0);
    }

    public static HelperTable AddTo(HelperTable table) => table
        .With(HelperId.SkbChangeTail, &ChangeTail)
        .With(HelperId.SkbChangeHead, &ChangeHead)
        .With(HelperId.SkbChangeProto, &ChangeProtocol)
        .With(HelperId.SkbAdjustRoom, &AdjustRoom);
}
