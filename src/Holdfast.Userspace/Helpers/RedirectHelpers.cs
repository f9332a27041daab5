using Holdfast.Execution;
using Holdfast.Isa.Abi;
using Holdfast.Userspace.Programs.Contexts;

namespace Holdfast.Userspace.Helpers;

/// <summary>
/// Redirection (net/core/filter.c). The verdict is given, as in the kernel's test run; where the packet goes is the host's
/// affair. There is one interface, the loopback (1), and it is down.
/// </summary>
internal static unsafe class RedirectHelpers
{
    private const ulong Ingress = 1;
    private const ulong TcShot = 2;
    private const ulong TcRedirect = 7;
    private const ulong XdpAborted = 0;
    private const ulong XdpRedirect = 4;
    private const uint Loopback = 1;
    private const uint LoopbackMtu = 65536;

    /// <summary><c>bpf_redirect(ifindex, flags)</c>, of XDP and of traffic control.</summary>
    public static ulong Redirect(RunContext context, ulong ifindex, ulong flags, ulong r3, ulong r4, ulong r5) =>
        context is XdpContext ? flags != 0 ? XdpAborted : XdpRedirect
        : (flags & ~Ingress) != 0 ? TcShot
        : TcRedirect;

    /// <summary><c>bpf_redirect_peer(ifindex, flags)</c></summary>
    public static ulong RedirectPeer(RunContext context, ulong ifindex, ulong flags, ulong r3, ulong r4, ulong r5) =>
        flags != 0 ? TcShot : TcRedirect;

    /// <summary><c>bpf_redirect_neigh(ifindex, params, plen, flags)</c></summary>
    public static ulong RedirectNeighbour(RunContext context, ulong ifindex, ulong parameters, ulong length, ulong flags, ulong r5)
    {
        const int ParameterBytes = 20;
        return flags != 0 || (uint)length is > 0 and < ParameterBytes ? TcShot : TcRedirect;
    }

    /// <summary><c>bpf_clone_redirect(skb, ifindex, flags)</c></summary>
    public static ulong CloneRedirect(RunContext context, ulong skb, ulong ifindex, ulong flags, ulong r4, ulong r5)
    {
        SkBuffContext packet = (SkBuffContext)context;
        return (flags & ~Ingress) != 0 || (uint)ifindex != Loopback ? HelperError.InvalidArgument
            : packet.MacHeader >= packet.NetworkHeader || packet.Length == 0 ? HelperError.OutOfRange
            : HelperError.Of(Errno.ENETDOWN);
    }

    /// <summary><c>bpf_check_mtu(ctx, ifindex, mtu_len, len_diff, flags)</c></summary>
    public static ulong CheckMtu(RunContext context, ulong skb, ulong ifindex, ulong mtuLength, ulong difference, ulong flags)
    {
        const ulong Segments = 1;
        const ulong FragmentationNeeded = 1;

        // The verifier proved 4 aligned bytes.
        uint* mtu = (uint*)mtuLength;
        if ((flags & ~(context is XdpContext ? 0 : Segments)) != 0 || ((flags & Segments) != 0 && ((int)difference != 0 || *mtu != 0)))
        {
            return HelperError.InvalidArgument;
        }

        if ((uint)ifindex > Loopback)
        {
            return HelperError.NoDevice;
        }

        int length = context is XdpContext frame ? frame.Length : ((SkBuffContext)context).Length;
        length = *mtu != 0 ? (int)*mtu + EtherType.HeaderLength : length;
        length += (int)difference;
        *mtu = LoopbackMtu;
        return length <= LoopbackMtu + EtherType.HeaderLength ? 0 : FragmentationNeeded;
    }

    /// <summary><c>bpf_fib_lookup(ctx, params, plen, flags)</c>: no routes, and the one interface doesn't forward.</summary>
    public static ulong FibLookup(RunContext context, ulong skb, ulong parameters, ulong length, ulong flags, ulong r5)
    {
        const uint ParameterBytes = 64;
        const ulong KnownFlags = 0x3f;
        const ulong ForwardingDisabled = 5;
        const int Ifindex = 8;
        const byte Inet = 2;
        const byte Inet6 = 10;
        if ((uint)length < ParameterBytes || (flags & ~KnownFlags) != 0)
        {
            return HelperError.InvalidArgument;
        }

        // The verifier proved the parameters readable for their length.
        byte family = *(byte*)parameters;
        uint ifindex = *(uint*)(parameters + Ifindex);
        return family is not (Inet or Inet6) ? HelperError.Of(Errno.EAFNOSUPPORT)
            : ifindex != Loopback ? HelperError.NoDevice
            : ForwardingDisabled;
    }

    public static HelperTable AddTo(HelperTable table) => table
        .With(HelperId.Redirect, &Redirect)
        .With(HelperId.RedirectPeer, &RedirectPeer)
        .With(HelperId.RedirectNeigh, &RedirectNeighbour)
        .With(HelperId.CloneRedirect, &CloneRedirect)
        .With(HelperId.CheckMtu, &CheckMtu)
        .With(HelperId.FibLookup, &FibLookup);
}
