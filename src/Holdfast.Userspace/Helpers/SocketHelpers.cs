using Holdfast.Execution;
using Holdfast.Isa.Abi;

namespace Holdfast.Userspace.Helpers;

/// <summary>Sockets: a packet's own is the test run's, of no protocol; lookups find none (net/core/filter.c).</summary>
internal static unsafe class SocketHelpers
{
    /// <summary>A lookup that finds nothing, a cast of a socket that is no such thing.</summary>
    public static ulong None(RunContext context, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) => 0;

    /// <summary><c>bpf_sk_fullsock(sk)</c>: the packet's socket is one.</summary>
    public static ulong Full(RunContext context, ulong socket, ulong r2, ulong r3, ulong r4, ulong r5) => socket;

    /// <summary><c>bpf_get_socket_cookie(skb)</c>: one for each process is enough, as there is one socket in a run.</summary>
    public static ulong Cookie(RunContext context, ulong skb, ulong r2, ulong r3, ulong r4, ulong r5) => 1;

    /// <summary><c>bpf_get_netns_cookie(ctx)</c>: the initial namespace's.</summary>
    public static ulong NamespaceCookie(RunContext context, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) => 1;

    /// <summary><c>bpf_sk_assign(skb, sk, flags)</c>: only at ingress, where test runs are not.</summary>
    public static ulong Assign(RunContext context, ulong skb, ulong socket, ulong flags, ulong r4, ulong r5) =>
        flags != 0 ? HelperError.InvalidArgument : HelperError.OperationNotSupported;

    /// <summary><c>bpf_tcp_check_syncookie</c>, <c>bpf_tcp_gen_syncookie</c>: the socket isn't a listener.</summary>
    public static ulong NotListening(RunContext context, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) => HelperError.InvalidArgument;

    public static HelperTable AddTo(HelperTable table) => table
        .With(HelperId.SkLookupTcp, &None)
        .With(HelperId.SkLookupUdp, &None)
        .With(HelperId.SkcLookupTcp, &None)
        .With(HelperId.SkRelease, &None)
        .With(HelperId.SkFullsock, &Full)
        .With(HelperId.TcpSock, &None)
        .With(HelperId.GetListenerSock, &None)
        .With(HelperId.SkcToTcpSock, &None)
        .With(HelperId.SkcToTcp6Sock, &None)
        .With(HelperId.SkcToTcpTimewaitSock, &None)
        .With(HelperId.SkcToTcpRequestSock, &None)
        .With(HelperId.SkcToUdp6Sock, &None)
        .With(HelperId.SkcToUnixSock, &None)
        .With(HelperId.SkcToMptcpSock, &None)
        .With(HelperId.GetSocketCookie, &Cookie)
        .With(HelperId.GetNetnsCookie, &NamespaceCookie)
        .With(HelperId.SkAssign, &Assign)
        .With(HelperId.TcpCheckSyncookie, &NotListening)
        .With(HelperId.TcpGenSyncookie, &NotListening);
}
