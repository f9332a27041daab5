using System.Net.Sockets;
using Holdfast.Isa.Abi;
using Holdfast.Objects;

namespace Holdfast;

/// <content>Attaching to the network.</content>
public sealed partial class BpfProgram
{
    private const string OwnNetworkNamespace = "/proc/thread-self/ns/net";

    /// <summary>What the program was loaded from; null if it was opened, not loaded.</summary>
    internal ProgramSpec? Spec { get; init; }

    /// <summary>Attaches the program where its section's name says: a tracepoint, a probe, a function, an iterator, the own network namespace.</summary>
    /// <returns>The link.</returns>
    /// <exception cref="BpfException">EINVAL: the section doesn't say it all; the message names the method that takes the rest.</exception>
    public BpfLink Attach()
    {
        Attachments.Require(Engine);
        return new SectionAttachment(this).Attach();
    }

    /// <summary>Attaches to the packets that an interface receives (XDP).</summary>
    /// <param name="interfaceIndex">The interface, in the calling thread's network namespace.</param>
    /// <param name="mode">Where the program runs.</param>
    /// <returns>The link.</returns>
    /// <exception cref="BpfException">EBUSY: a program is there already; ENODEV: no such interface; EOPNOTSUPP: the driver can't.</exception>
    public BpfLink AttachXdp(int interfaceIndex, XdpMode mode = XdpMode.Any)
    {
        Attachments.Require(Engine);
        LinkCreateAttribute attribute = new()
        {
            ProgFd = (uint)Descriptor,
            TargetFd = (uint)interfaceIndex,
            AttachType = AttachType.Xdp,
            Flags = (uint)mode,
        };
        int result = Engine.LinkCreate(attribute);

        // Of an interface that isn't there, too, the kernel says EINVAL (bpf_xdp_link_attach).
        return result == -(int)Errno.EINVAL
            ? throw new BpfException(Errno.EINVAL, $"{ToInterface(interfaceIndex)}: this network namespace has no such interface, or the program is no XDP program for interfaces (section xdp) [{Errno.EINVAL}]")
            : Attachments.Link(Engine, result, ToInterface(interfaceIndex));
    }

    /// <summary>Attaches to an interface's traffic by a TCX link (Linux 6.6), after the programs that are there.</summary>
    /// <param name="interfaceIndex">The interface, in the calling thread's network namespace.</param>
    /// <param name="direction">Which traffic; null for what the section says.</param>
    /// <returns>The link.</returns>
    /// <exception cref="BpfException">EINVAL: the program is no tc program, or the kernel has no TCX; ENODEV: no such interface.</exception>
    public BpfLink AttachTcx(int interfaceIndex, TrafficDirection? direction = null)
    {
        Attachments.Require(Engine);
        int result = Engine.LinkCreateTcx(Descriptor, interfaceIndex, TcxType(direction));
        return Attachments.Link(Engine, result, ToInterface(interfaceIndex));
    }

    /// <summary>Attaches to an interface's traffic: by a TCX link, or where the kernel has none (before 6.6) by a <c>clsact</c> filter.</summary>
    /// <param name="interfaceIndex">The interface, in the calling thread's network namespace.</param>
    /// <param name="direction">Which traffic; null for what the section says.</param>
    /// <returns>A <see cref="BpfLink"/> or a <see cref="BpfTrafficFilter"/>.</returns>
    /// <exception cref="BpfException">EINVAL: the program is no tc program; ENODEV: no such interface.</exception>
    public IBpfAttachment AttachTc(int interfaceIndex, TrafficDirection? direction = null)
    {
        Attachments.Require(Engine);
        int result = Engine.LinkCreateTcx(Descriptor, interfaceIndex, TcxType(direction));

        // A kernel without TCX knows neither the attach type nor, for tc programs, any link: EINVAL.
        return result == -(int)Errno.EINVAL ? AttachClsact(interfaceIndex, direction) : Attachments.Link(Engine, result, ToInterface(interfaceIndex));
    }

    /// <summary>Attaches to an interface's traffic by a filter in its <c>clsact</c> queueing discipline, which is made if it isn't there.</summary>
    /// <param name="interfaceIndex">The interface, in the calling thread's network namespace.</param>
    /// <param name="direction">Which traffic; null for what the section says.</param>
    /// <param name="priority">Order among the filters, lower first; 0 lets the kernel choose.</param>
    /// <returns>The filter; dispose it to remove it.</returns>
    /// <exception cref="BpfException">EINVAL: the program is no tc program; ENODEV: no such interface.</exception>
    public BpfTrafficFilter AttachClsact(int interfaceIndex, TrafficDirection? direction = null, ushort priority = 0)
    {
        Attachments.Require(Engine);
        TrafficDirection known = TcxType(direction) == AttachType.TcxEgress ? TrafficDirection.Egress : TrafficDirection.Ingress;
        return new BpfTrafficFilter(this, new TrafficFilter(interfaceIndex, known, priority));
    }

    /// <summary>Attaches to a cgroup, beside what is attached to it already.</summary>
    /// <param name="directory">The cgroup's directory in a cgroup2 file system.</param>
    /// <param name="attachType">At which point; null for what the section says.</param>
    /// <returns>The link.</returns>
    /// <exception cref="BpfException">EINVAL: the program doesn't fit; EBADF: no cgroup2 directory; EPERM: a program above forbids it.</exception>
    public BpfLink AttachCgroup(string directory, AttachType? attachType = null)
    {
        ArgumentNullException.ThrowIfNull(directory);
        IAttachmentEngine attachments = Attachments.Require(Engine);
        AttachType type = attachType ?? SectionAttachType("AttachCgroup");
        string what = $"attach '{Name}' to cgroup {directory}";
        return Attachments.LinkOn(Engine, attachments.OpenTarget(directory), what, target => Engine.LinkCreate(Descriptor, target, type));
    }

    /// <summary>Attaches to a netfilter hook of the calling thread's network namespace (Linux 6.4).</summary>
    /// <param name="hook">Where.</param>
    /// <returns>The link.</returns>
    /// <exception cref="BpfException">EBUSY: the priority is taken; EOPNOTSUPP or EAFNOSUPPORT: no such hook.</exception>
    public BpfLink AttachNetfilter(NetfilterHook hook)
    {
        ArgumentNullException.ThrowIfNull(hook);
        Attachments.Require(Engine);
        int result = Engine.LinkCreateNetfilter(Descriptor, (uint)hook.Family, (uint)hook.Point, hook.Priority, hook.Defragment ? 1u : 0);
        return Attachments.Link(Engine, result, $"attach '{Name}' to netfilter {hook.Family} {hook.Point}");
    }

    /// <summary>Attaches to the choice of sockets for incoming connections and datagrams of a network namespace.</summary>
    /// <param name="networkNamespace">Path of the namespace (<c>/run/netns/…</c>, <c>/proc/PID/ns/net</c>); null for the calling thread's.</param>
    /// <returns>The link.</returns>
    /// <exception cref="BpfException">EINVAL: the program or path doesn't fit.</exception>
    public BpfLink AttachSkLookup(string? networkNamespace = null) => AttachToNamespace(AttachType.SkLookup, networkNamespace);

    /// <summary>Attaches as the flow dissector of a network namespace, which has at most one.</summary>
    /// <param name="networkNamespace">Path of the namespace (<c>/run/netns/…</c>, <c>/proc/PID/ns/net</c>); null for the calling thread's.</param>
    /// <returns>The link.</returns>
    /// <exception cref="BpfException">EEXIST: there is one already; EINVAL: the program or path doesn't fit.</exception>
    public BpfLink AttachFlowDissector(string? networkNamespace = null) => AttachToNamespace(AttachType.FlowDissector, networkNamespace);

    /// <summary>Makes the program the filter of a socket (SO_ATTACH_BPF); it goes with the socket.</summary>
    /// <param name="socket">A socket of the caller.</param>
    /// <exception cref="BpfException">EINVAL: the program is no socket filter; EPERM: the socket's filter is locked.</exception>
    public void AttachSocket(Socket socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        int result = Attachments.Require(Engine).AttachSocket(Descriptor, (int)socket.Handle);
        Failure.Check(Engine, result, $"attach '{Name}' to a socket");
    }

    /// <summary>Takes the filter off a socket (SO_DETACH_BPF).</summary>
    /// <param name="socket">A socket of the caller.</param>
    /// <exception cref="BpfException">ENOENT: it has none; EPERM: its filter is locked.</exception>
    public void DetachSocket(Socket socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        Failure.Check(Engine, Attachments.Require(Engine).DetachSocket((int)socket.Handle), "detach the filter of a socket");
    }

    /// <summary>The attach type that the section says.</summary>
    /// <param name="method">The method that takes it where the section says none.</param>
    private AttachType SectionAttachType(string method)
    {
        // Zero is an attach type too (BPF_CGROUP_INET_INGRESS): only the section tells whether it was meant.
        bool isSaid = Spec is not null && (Spec.ExpectedAttachType != default || Spec.SectionName.TrimStart('?') == "cgroup_skb/ingress");
        return isSaid ? Spec!.ExpectedAttachType : throw new BpfException(
            Errno.EINVAL, $"program '{Name}' {(Spec is null ? "was opened, not loaded, and" : $"is in section '{Spec.SectionName}', which")} doesn't say its attach type; give it to {method} [{Errno.EINVAL}]");
    }

    private AttachType TcxType(TrafficDirection? direction) => direction switch
    {
        TrafficDirection.Ingress => AttachType.TcxIngress,
        TrafficDirection.Egress => AttachType.TcxEgress,
        _ => SectionAttachType("AttachTcx"),
    };

    private BpfLink AttachToNamespace(AttachType type, string? path)
    {
        string what = $"attach '{Name}' to {(path is null ? "the calling thread's network namespace" : $"network namespace {path}")}";
        int target = Attachments.Require(Engine).OpenTarget(path ?? OwnNetworkNamespace);
        return Attachments.LinkOn(Engine, target, what, opened => Engine.LinkCreate(Descriptor, opened, type));
    }

    private string ToInterface(int index) => $"attach '{Name}' to interface {index}";
}
