using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Holdfast.Execution;
using Holdfast.Isa.Abi;
using Holdfast.Userspace.Programs.Contexts;

namespace Holdfast.Userspace.Helpers;

/// <summary>Properties of an skb beside its bytes: hash, type, time, congestion mark (net/core/filter.c).</summary>
internal static unsafe class SkBuffStateHelpers
{
    /// <summary><c>bpf_set_hash(skb, hash)</c></summary>
    public static ulong SetHash(RunContext context, ulong skb, ulong hash, ulong r3, ulong r4, ulong r5)
    {
        ((SkBuffContext)context).Word(SkBuffField.Hash) = (uint)hash;
        return 0;
    }

    /// <summary><c>bpf_set_hash_invalid(skb)</c></summary>
    public static ulong InvalidateHash(RunContext context, ulong skb, ulong r2, ulong r3, ulong r4, ulong r5) =>
        SetHash(context, skb, 0, 0, 0, 0);

    /// <summary><c>bpf_get_hash_recalc(skb)</c>: over addresses and ports, with a key of this process's own, never 0.</summary>
    public static ulong GetHash(RunContext context, ulong skb, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        SkBuffContext packet = (SkBuffContext)context;
        ref uint hash = ref packet.Word(SkBuffField.Hash);
        if (hash == 0)
        {
            hash = FlowHash.Of(packet.Protocol, packet.From(packet.NetworkHeader));
        }

        return hash;
    }

    /// <summary><c>bpf_skb_change_type(skb, type)</c>: among host, broadcast, multicast and other host.</summary>
    public static ulong ChangeType(RunContext context, ulong skb, ulong type, ulong r3, ulong r4, ulong r5)
    {
        const uint OtherHost = 3;
        ref uint current = ref ((SkBuffContext)context).Word(SkBuffField.PacketType);
        if ((uint)type > OtherHost || current > OtherHost)
        {
            return HelperError.InvalidArgument;
        }

        current = (uint)type;
        return 0;
    }

    /// <summary><c>bpf_skb_set_tstamp(skb, tstamp, tstamp_type)</c></summary>
    public static ulong SetTimestamp(RunContext context, ulong skb, ulong time, ulong type, ulong r4, ulong r5)
    {
        const uint Realtime = 0;
        const uint Tai = 2;
        SkBuffContext packet = (SkBuffContext)context;
        if (packet.Protocol != EtherType.Ipv4 && packet.Protocol != EtherType.Ipv6)
        {
            return HelperError.OperationNotSupported;
        }

        // Zero is no time at all, which only the clock of arrival can say.
        if ((uint)type > Tai || ((uint)type != Realtime && time == 0))
        {
            return HelperError.InvalidArgument;
        }

        packet.DoubleWord(SkBuffField.Tstamp) = time;
        packet.Visible[SkBuffField.TstampType] = (byte)type;
        return 0;
    }

    /// <summary><c>bpf_skb_ecn_set_ce(skb)</c>: 1 if the packet is marked now, 0 if it can't be.</summary>
    public static ulong SetCongestion(RunContext context, ulong skb, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        SkBuffContext packet = (SkBuffContext)context;
        Span<byte> header = packet.From(packet.NetworkHeader);
        ushort protocol = BehindTags(packet);
        return protocol == EtherType.Ipv4 && header.Length >= 20 ? MarkIpv4(header)
            : protocol == EtherType.Ipv6 && header.Length >= 40 ? MarkIpv6(packet, header)
            : 0;
    }

    /// <summary>The protocol that VLAN tags in the packet lead to (<c>skb_protocol</c>).</summary>
    private static ushort BehindTags(SkBuffContext packet)
    {
        ushort protocol = packet.Protocol;
        Span<byte> frame = packet.From(packet.MacHeader);
        for (int depth = EtherType.HeaderLength; EtherType.IsVlan(protocol); depth += EtherType.VlanLength)
        {
            if (depth + EtherType.VlanLength > frame.Length)
            {
                return 0;
            }

            protocol = MemoryMarshal.Read<ushort>(frame[(depth + 2)..]);
        }

        return protocol;
    }

    private static ulong MarkIpv4(Span<byte> header)
    {
        const int Congested = 3;
        int field = header[1] & Congested;
        if (field is 0 or Congested)
        {
            return field == 0 ? 0u : 1u;
        }

        // RFC 1624: the header's sum falls by what the field rises.
        int sum = BinaryPrimitives.ReadUInt16BigEndian(header[10..]) - (Congested - field);
        BinaryPrimitives.WriteUInt16BigEndian(header[10..], (ushort)(sum < 0 ? sum - 1 : sum));
        header[1] |= Congested;
        return 1;
    }

    private static ulong MarkIpv6(SkBuffContext packet, Span<byte> header)
    {
        const byte Field = 0x30;
        if ((header[1] & Field) == 0)
        {
            return 0;
        }

        if (packet.HasChecksum)
        {
            uint old = BitConverter.ToUInt32(header);
            packet.Checksum = InternetChecksum.Add(InternetChecksum.Subtract(packet.Checksum, old), old | (uint)Field << 8);
        }

        header[1] |= Field;
        return 1;
    }

    public static HelperTable AddTo(HelperTable table) => table
        .With(HelperId.SetHash, &SetHash)
        .With(HelperId.SetHashInvalid, &InvalidateHash)
        .With(HelperId.GetHashRecalc, &GetHash)
        .With(HelperId.SkbChangeType, &ChangeType)
        .With(HelperId.SkbSetTstamp, &SetTimestamp)
        .With(HelperId.SkbEcnSetCe, &SetCongestion);
}
