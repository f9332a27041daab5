using Holdfast.Isa.Abi;
using Holdfast.Userspace.Programs.Contexts;

namespace Holdfast.Userspace.Helpers;

/// <summary>The rules of <c>bpf_skb_adjust_room</c> for sched_cls and sched_act (<c>bpf_skb_net_grow</c>, <c>bpf_skb_net_shrink</c>).</summary>
internal static class RoomAdjustment
{
    private const ulong FixedGso = 1 << 0;
    private const ulong EncapIpv4 = 1 << 1;
    private const ulong EncapIpv6 = 1 << 2;
    private const ulong EncapGre = 1 << 3;
    private const ulong EncapUdp = 1 << 4;
    private const ulong NoChecksumReset = 1 << 5;
    private const ulong EncapEthernet = 1 << 6;
    private const ulong DecapIpv4 = 1 << 7;
    private const ulong DecapIpv6 = 1 << 8;
    private const int InnerLinkShift = 56;
    private const ulong InnerLinkMask = 0xffUL << InnerLinkShift;
    private const ulong Known = FixedGso | EncapIpv4 | EncapIpv6 | EncapGre | EncapUdp | NoChecksumReset | EncapEthernet | DecapIpv4 | DecapIpv6 | InnerLinkMask;
    private const uint BehindNetworkHeader = 0;
    private const uint BehindLinkHeader = 1;
    private const int LargestDifference = 0xfff;
    private const int Ipv4Length = 20;
    private const int Ipv6Length = 40;

    public static ulong Apply(SkBuffContext packet, int difference, uint mode, ulong flags)
    {
        if ((flags & ~Known) != 0)
        {
            return HelperError.InvalidArgument;
        }

        if (difference is > LargestDifference or < -LargestDifference)
        {
            return HelperError.BadAddress;
        }

        if (packet.Protocol != EtherType.Ipv4 && packet.Protocol != EtherType.Ipv6)
        {
            return HelperError.NotSupported;
        }

        int least = packet.Protocol == EtherType.Ipv4 ? Ipv4Length : Ipv6Length;
        int offset = packet.MacLength + (mode == BehindNetworkHeader ? least : 0);
        if (mode is not (BehindNetworkHeader or BehindLinkHeader))
        {
            return HelperError.NotSupported;
        }

        switch (flags & (DecapIpv4 | DecapIpv6))
        {
            case 0:
                break;
            case DecapIpv4 when difference < 0:
                least = Ipv4Length;
                break;
            case DecapIpv6 when difference < 0:
                least = Ipv6Length;
                break;
            default:
                return HelperError.InvalidArgument;
        }

        // Unsigned as in the kernel: behind the end of a cut packet there is no end of room, and the removal itself fails.
        uint length = (uint)(packet.Length - packet.NetworkOffset);
        bool fits = difference < 0 ? (uint)-difference < length && length - (uint)-difference >= (uint)least : packet.Length + difference <= SkBuffContext.MaximumLength;
        ulong result = !fits ? HelperError.NotSupported
            : difference < 0 ? Shrink(packet, offset, -difference, flags)
            : Grow(packet, offset, difference, flags);
        if (result == 0 && (flags & NoChecksumReset) == 0)
        {
            packet.ChecksumLevel = -1;
        }

        packet.Refresh();
        return result;
    }

    private static ulong Grow(SkBuffContext packet, int offset, int bytes, ulong flags)
    {
        bool encapsulates = (flags & (EncapIpv4 | EncapIpv6)) != 0;
        int innerLink = (int)(flags >> InnerLinkShift);
        if (encapsulates && CheckEncapsulation(packet, bytes, innerLink, flags) is not 0 and ulong refused)
        {
            return refused;
        }

        int linkLength = packet.MacLength;
        if (!packet.TryInsert(offset, bytes))
        {
            return HelperError.NoMemory;
        }

        if (encapsulates)
        {
            packet.IsEncapsulated = true;
            packet.SetNetworkOffset(linkLength);
            if ((flags & (EncapGre | EncapUdp)) != 0)
            {
                packet.SetTransportOffset(linkLength + ((flags & EncapIpv6) != 0 ? Ipv6Length : Ipv4Length));
            }

            packet.Protocol = (flags & EncapIpv6) != 0 ? EtherType.Ipv6 : EtherType.Ipv4;
        }

        return 0;
    }

    private static ulong CheckEncapsulation(SkBuffContext packet, int bytes, int innerLink, ulong flags)
    {
        const ulong BothNetworks = EncapIpv4 | EncapIpv6;
        const ulong BothTransports = EncapGre | EncapUdp;
        if ((flags & BothNetworks) == BothNetworks || (flags & BothTransports) == BothTransports
            || ((flags & EncapEthernet) != 0 && innerLink < EtherType.HeaderLength))
        {
            return HelperError.InvalidArgument;
        }

        return packet.IsEncapsulated ? HelperError.Of(Errno.EALREADY)
            : innerLink > bytes ? HelperError.InvalidArgument
            : 0;
    }

    private static ulong Shrink(SkBuffContext packet, int offset, int bytes, ulong flags)
    {
        if ((flags & ~(DecapIpv4 | DecapIpv6 | FixedGso | NoChecksumReset)) != 0)
        {
            return HelperError.InvalidArgument;
        }

        if (!packet.TryRemove(offset, bytes))
        {
            return HelperError.NoMemory;
        }

        packet.Protocol = (flags & DecapIpv6) != 0 ? EtherType.Ipv6 : (flags & DecapIpv4) != 0 ? EtherType.Ipv4 : packet.Protocol;
        return 0;
    }
}
