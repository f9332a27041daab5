namespace Holdfast.Userspace.Tests.TestRuns;

/// <summary>Frames of the kinds that programs meet.</summary>
internal static class Packets
{
    public static byte[] Ipv4Tcp { get; } = Frame("0200000000010200000000020800", "45000038000100004006 66be 0a000001 0a000002", "9c400050 00000001 00000000 50021000 00000000 4745540000000000 0000");

    public static byte[] Ipv6Udp { get; } = Frame("00000000000002000000000286dd", "60000000 0018 11 40 20010db8000000000000000000000001 20010db8000000000000000000000002", "12340035 0018 abcd 0102030405060708 090a0b0c0d0e0f10");

    public static byte[] VlanIcmp { get; } = Frame("ffffffffffff0200000000028100", "00640800", "4500001c0001000040016 6c1 0a000001 0a000002 0800 f7ff 0000 0000");

    public static byte[] DoubleVlan { get; } = Frame("02000000000102000000000288a8", "00c8 8100 0064 0800", "45000014 00010000 40fd 0000 0a000001 0a000002");

    public static byte[] Arp { get; } = Frame("0180c2000000020000000002", "0806");

    public static byte[] Length { get; } = Frame("020000000001020000000002", "0010 ffff", "0102030405060708090a0b0c0d0e");

    public static byte[] Zeros { get; } = new byte[64];

    public static byte[][] All { get; } = [Ipv4Tcp, Ipv6Udp, VlanIcmp, DoubleVlan, Arp, Length, Zeros];

    private static byte[] Frame(params string[] parts) => Convert.FromHexString(string.Concat(parts).Replace(" ", "", StringComparison.Ordinal));
}
