namespace Holdfast.Verifier.Analysis;

/// <summary>Loads from sockets that helpers return (<c>bpf_sock_is_valid_access</c> and neighbours in net/core/filter.c).</summary>
internal static class SocketFields
{
    private const int SockSize = 80;
    private const int TcpSockSize = 112;
    private const int Word = 4;

    public static bool IsValid(RegisterType type, long offset, int size) => type switch
    {
        RegisterType.Socket => IsSock(offset, size),
        RegisterType.SockCommon => offset is not (>= 8 and < 24) && IsSock(offset, size),
        RegisterType.TcpSock => IsAligned(offset, size, TcpSockSize) && size == (offset is 80 or 88 ? 8 : Word),
        RegisterType.XdpSock => offset == 0 && size == Word,
        _ => false,
    };

    private static bool IsAligned(long offset, int size, int limit) => offset >= 0 && offset < limit && offset % size == 0;

    private static bool IsSock(long offset, int size)
    {
        if (!IsAligned(offset, size, SockSize))
        {
            return false;
        }

        // Parts of these may be loaded: family, type, protocol, ports, state, queue, addresses.
        return offset switch
        {
            4 or 8 or 12 or 44 or 72 or 76 or (>= 24 and < 44) or (>= 52 and < 72) => size <= Word,
            48 => size <= Word,
            49 => size == 1,
            50 or 51 => false,
            _ => size == Word,
        };
    }
}
