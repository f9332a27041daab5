using System.Net.Sockets;

namespace Holdfast;

/// <summary>Sockets that descriptors can go through.</summary>
internal static class UnixSockets
{
    /// <summary>The socket's handle, to be used while it waits for its peer.</summary>
    /// <exception cref="ArgumentException">It is no Unix socket, or one that doesn't wait.</exception>
    public static SafeSocketHandle HandleOf(Socket socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        if (socket.AddressFamily != AddressFamily.Unix)
            throw new ArgumentException("Descriptors are passed over Unix sockets only.", nameof(socket));
        return socket.Blocking ? socket.SafeHandle : throw new ArgumentException("The socket must wait: set Socket.Blocking.", nameof(socket));
    }
}
