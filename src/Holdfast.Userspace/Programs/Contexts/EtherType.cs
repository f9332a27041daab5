using System.Buffers.Binary;

namespace Holdfast.Userspace.Programs.Contexts;

/// <summary>Ethernet protocol numbers, as they lie in a packet (network order) read by a little-endian machine.</summary>
internal static class EtherType
{
    public const int HeaderLength = 14;
    public const int VlanLength = 4;

    public static readonly ushort Ipv4 = Network(0x0800);
    public static readonly ushort Ipv6 = Network(0x86dd);
    public static readonly ushort Vlan = Network(0x8100);
    public static readonly ushort ProviderVlan = Network(0x88a8);

    /// <summary>Novell's raw 802.3 frames.</summary>
    public static readonly ushort Raw8023 = Network(0x0001);

    /// <summary>802.2 frames.</summary>
    public static readonly ushort Llc = Network(0x0004);

    public static bool IsVlan(ushort protocol) => protocol == Vlan || protocol == ProviderVlan;

    /// <summary>A type, or the length of an 802.3 frame whose payload tells the type.</summary>
    /// <param name="field">The field behind the addresses, in network order.</param>
    /// <param name="payload">What follows it.</param>
    /// <returns>The protocol in network order (<c>eth_type_trans</c>).</returns>
    public static ushort Classify(ushort field, ReadOnlySpan<byte> payload) =>
        BinaryPrimitives.ReverseEndianness(field) >= 0x600 ? field
        : payload.Length >= 2 && payload[0] == 0xff && payload[1] == 0xff ? Raw8023
        : Llc;

    private static ushort Network(ushort number) => BinaryPrimitives.ReverseEndianness(number);
}
