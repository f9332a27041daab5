using System.Runtime.InteropServices;

namespace Holdfast.Userspace.Programs.Contexts;

/// <summary>The socket of a test run, as <c>struct bpf_sock</c>: full, closed, of no type, with the packet's addresses.</summary>
internal static class SocketMemory
{
    public const int Bytes = 80;
    public const int Family = 4;
    public const int SourceIp4 = 24;
    public const int SourceIp6 = 28;
    public const int DestinationIp4 = 52;
    public const int DestinationIp6 = 56;
    private const int State = 72;
    private const int ReceiveQueue = 76;
    private const uint Closed = 7;
    private const uint Inet = 2;
    private const uint Inet6 = 10;

    /// <summary>Fills it in: the packet's sender is the local address, as the kernel's test run has it.</summary>
    /// <param name="socket">The structure.</param>
    /// <param name="protocol">The packet's protocol, in network order.</param>
    /// <param name="packet">The packet from its network header.</param>
    public static void Describe(Span<byte> socket, ushort protocol, ReadOnlySpan<byte> packet)
    {
        socket.Clear();
        Write(socket, State, Closed);
        Write(socket, ReceiveQueue, uint.MaxValue);
        if (protocol == EtherType.Ipv4 && packet.Length >= 20)
        {
            Write(socket, Family, Inet);
            packet.Slice(12, 4).CopyTo(socket[SourceIp4..]);
            packet.Slice(16, 4).CopyTo(socket[DestinationIp4..]);
        }
        else if (protocol == EtherType.Ipv6 && packet.Length >= 40)
        {
            Write(socket, Family, Inet6);
            packet.Slice(8, 16).CopyTo(socket[SourceIp6..]);
            packet.Slice(24, 16).CopyTo(socket[DestinationIp6..]);
        }
    }

    private static void Write(Span<byte> socket, int offset, uint value) => MemoryMarshal.Write(socket[offset..], in value);
}
