namespace Holdfast.Userspace.Programs.Contexts;

/// <summary>Offsets in <c>struct __sk_buff</c>.</summary>
internal static class SkBuffField
{
    public const int Length = 0;
    public const int PacketType = 4;
    public const int Mark = 8;
    public const int Protocol = 16;
    public const int VlanPresent = 20;
    public const int VlanTci = 24;
    public const int VlanProtocol = 28;
    public const int Priority = 32;
    public const int IngressIfindex = 36;
    public const int Ifindex = 40;
    public const int Cb = 48;
    public const int CbBytes = 20;
    public const int Hash = 68;
    public const int Family = 88;
    public const int RemoteIp4 = 92;
    public const int LocalIp4 = 96;
    public const int RemoteIp6 = 100;
    public const int LocalIp6 = 116;
    public const int Tstamp = 152;
    public const int WireLength = 160;
    public const int GsoSegments = 164;
    public const int Socket = 168;
    public const int GsoSize = 176;
    public const int TstampType = 180;
    public const int HardwareTstamp = 184;
    public const int Bytes = 192;
}
