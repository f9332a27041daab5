using System.Buffers.Binary;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Holdfast;
using Holdfast.Isa.Abi;

namespace PinnedObjects;

/// <summary>A raw socket on <c>lo</c> with a program of the kernel attached as its filter.</summary>
internal static class FilteredSocket
{
    private const int SocketLevel = 1; // SOL_SOCKET
    private const int AttachBpf = 50; // SO_ATTACH_BPF
    private const ProtocolType EveryProtocol = (ProtocolType)0x0300; // htons(ETH_P_ALL)

    /// <summary>Sends a datagram over <c>lo</c> and receives it through the filter.</summary>
    /// <param name="program">The program's descriptor.</param>
    /// <returns>How many bytes the filter let through.</returns>
    public static int ReceiveOne(int program)
    {
        try
        {
            using Socket raw = new(AddressFamily.Packet, SocketType.Raw, EveryProtocol);
            raw.Bind(new LoopbackLink());
            byte[] descriptor = new byte[sizeof(int)];
            BinaryPrimitives.WriteInt32LittleEndian(descriptor, program);
            raw.SetRawSocketOption(SocketLevel, AttachBpf, descriptor);
            while (raw.Available > 0)
                raw.Receive(new byte[2048]);
            using UdpClient sender = new();
            sender.Send(new byte[32], new IPEndPoint(IPAddress.Loopback, 9));
            raw.ReceiveTimeout = 5000;
            return raw.Receive(new byte[2048]);
        }
        catch (SocketException exception)
        {
            throw new BpfException(Errno.EPERM, $"a raw socket on lo: {exception.Message}");
        }
    }

    /// <summary><c>struct sockaddr_ll</c> of <c>lo</c>, for every protocol.</summary>
    private sealed class LoopbackLink : EndPoint
    {
        public override AddressFamily AddressFamily => AddressFamily.Packet;

        public override SocketAddress Serialize()
        {
            SocketAddress address = new(AddressFamily.Packet, 20);
            address[3] = 3; // sll_protocol: ETH_P_ALL in network order
            BinaryPrimitives.WriteInt32LittleEndian(address.Buffer.Span[4..], NetworkInterface.LoopbackInterfaceIndex);
            return address;
        }
    }
}
