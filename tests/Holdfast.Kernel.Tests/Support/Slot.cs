namespace Holdfast.Kernel.Tests.Support;

/// <summary>The counters of <c>attach.bpf.c</c>.</summary>
internal enum Slot
{
    Xdp,
    XdpOther,
    Ingress,
    Egress,
    Cgroup,
    Connect,
    Netfilter,
    Lookup,
    Raw,
    Trace,
    Socket,
    Uprobe,
    Opened,
}
