using System.Buffers.Binary;
using Holdfast.Isa.Abi;
using Holdfast.Kernel.Interop;

namespace Holdfast.Kernel.Netlink;

/// <summary>A routing netlink socket in the calling thread's network namespace, for one request.</summary>
internal static class RouteSocket
{
    private const int HeaderSize = 16;
    private const ushort ErrorType = 2; // NLMSG_ERROR, which an acknowledgement is too

    /// <summary>Sends a request that asks for an acknowledgement, and waits for it.</summary>
    /// <param name="message">The request.</param>
    /// <param name="echo">Called for each message that comes back before it: type and body.</param>
    /// <returns>Zero, or the negated error number.</returns>
    public static int Ask(NetlinkMessage message, Action<ushort, ReadOnlySpan<byte>>? echo = null)
    {
        int socket = Native.OpenRouteSocket();
        if (socket < 0)
            return socket;
        try
        {
            int sent = Native.Send(socket, message.Bytes);
            return sent < 0 ? sent : Await(socket, echo);
        }
        finally
        {
            _ = Native.Close(socket);
        }
    }

    private static int Await(int socket, Action<ushort, ReadOnlySpan<byte>>? echo)
    {
        byte[] buffer = new byte[32 << 10];
        while (true)
        {
            int received = Native.Receive(socket, buffer);
            if (received == -(int)Errno.EINTR)
                continue;
            if (received <= 0)
                return received == 0 ? -(int)Errno.EPROTO : received;
            ReadOnlySpan<byte> rest = buffer.AsSpan(0, received);
            while (rest.Length >= HeaderSize)
            {
                int length = BinaryPrimitives.ReadInt32LittleEndian(rest);
                if (length < HeaderSize || length > rest.Length)
                    return -(int)Errno.EPROTO;
                ushort type = BinaryPrimitives.ReadUInt16LittleEndian(rest[4..]);
                ReadOnlySpan<byte> body = rest[HeaderSize..length];
                if (type == ErrorType)
                    return body.Length >= sizeof(int) ? BinaryPrimitives.ReadInt32LittleEndian(body) : -(int)Errno.EPROTO;
                echo?.Invoke(type, body);
                rest = rest[Math.Min(rest.Length, (length + 3) & ~3)..];
            }
        }
    }
}
