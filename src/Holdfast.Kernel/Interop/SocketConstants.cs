namespace Holdfast.Kernel.Interop;

/// <summary>Numbers of the socket calls.</summary>
internal static class SocketConstants
{
    /// <summary><c>AF_NETLINK</c></summary>
    public const int Netlink = 16;

    /// <summary><c>SOCK_RAW</c></summary>
    public const int Raw = 3;

    /// <summary><c>SOCK_CLOEXEC</c></summary>
    public const int CloseOnExec = 0x80000;

    /// <summary><c>SOL_SOCKET</c></summary>
    public const int SocketLevel = 1;

    /// <summary><c>SO_DETACH_FILTER</c>, <c>SO_DETACH_BPF</c></summary>
    public const int DetachFilter = 27;

    /// <summary><c>SO_ATTACH_BPF</c></summary>
    public const int AttachBpf = 50;
}
