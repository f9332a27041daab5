using System.Buffers.Binary;
using Holdfast.Isa.Abi;
using Holdfast.Kernel.Diagnosis;

namespace Holdfast.Kernel.Netlink;

/// <summary>Programs in the filters of an interface's <c>clsact</c> queueing discipline, for kernels before TCX (6.6) and for those who share it with tc(8).</summary>
internal static class ClsactFilters
{
    private const ushort NewDiscipline = 36, NewFilter = 44, DeleteFilter = 45; // RTM_NEWQDISC, RTM_NEWTFILTER, RTM_DELTFILTER
    private const ushort Request = 1, Acknowledge = 4, Echo = 8, Exclusive = 0x200, Create = 0x400; // NLM_F_*
    private const ushort Kind = 1, Options = 2; // TCA_KIND, TCA_OPTIONS
    private const ushort ProgramDescriptor = 6, ProgramName = 7, ProgramFlags = 8; // TCA_BPF_FD, TCA_BPF_NAME, TCA_BPF_FLAGS
    private const uint DirectAction = 1; // TCA_BPF_FLAG_ACT_DIRECT: what the program returns is the verdict
    private const uint ClsactParent = 0xFFFFFFF1, ClsactHandle = 0xFFFF0000, IngressParent = 0xFFFFFFF2, EgressParent = 0xFFFFFFF3;
    private const uint EveryProtocol = 0x0300; // htons(ETH_P_ALL)

    /// <summary>Adds a filter, or puts another program into the one that priority and handle name.</summary>
    public static int Attach(int program, ref TrafficFilter filter)
    {
        int result = AddDiscipline(filter.InterfaceIndex);
        if (result < 0)
            return Explained(result, filter);
        bool replaces = filter.Handle != 0;
        NetlinkMessage message = Start(NewFilter, (ushort)(Request | Acknowledge | Echo | Create | (replaces ? 0 : Exclusive)), filter);
        message.Add(Kind, "bpf");
        int options = message.Begin(Options);
        message.Add(ProgramDescriptor, (uint)program);
        message.Add(ProgramName, "holdfast");
        message.Add(ProgramFlags, DirectAction);
        message.End(options);
        TrafficFilter placed = filter;
        result = RouteSocket.Ask(message, (type, body) => placed = type == NewFilter && body.Length >= 20 ? Placed(placed, body) : placed);
        filter = placed;
        return Explained(result, filter);
    }

    /// <summary>Removes a filter. The queueing discipline stays: others may have filters in it by now.</summary>
    public static int Detach(TrafficFilter filter)
    {
        NetlinkMessage message = Start(DeleteFilter, Request | Acknowledge, filter);
        message.Add(Kind, "bpf");
        return Explained(RouteSocket.Ask(message), filter);
    }

    private static int AddDiscipline(int interfaceIndex)
    {
        NetlinkMessage message = new(NewDiscipline, Request | Acknowledge | Create | Exclusive);
        message.AddTrafficHeader(interfaceIndex, ClsactHandle, ClsactParent, 0);
        message.Add(Kind, "clsact");
        int result = RouteSocket.Ask(message);
        return result == -(int)Errno.EEXIST ? 0 : result;
    }

    private static NetlinkMessage Start(ushort type, ushort flags, TrafficFilter filter)
    {
        NetlinkMessage message = new(type, flags);
        message.AddTrafficHeader(
            filter.InterfaceIndex,
            filter.Handle,
            filter.Direction == TrafficDirection.Ingress ? IngressParent : EgressParent,
            ((uint)filter.Priority << 16) | EveryProtocol);
        return message;
    }

    /// <summary>The kernel echoes what it made, with the priority and handle that it chose.</summary>
    private static TrafficFilter Placed(TrafficFilter filter, ReadOnlySpan<byte> header) => filter with
    {
        Handle = BinaryPrimitives.ReadUInt32LittleEndian(header[8..]),
        Priority = (ushort)(BinaryPrimitives.ReadUInt32LittleEndian(header[16..]) >> 16),
    };

    private static int Explained(int result, TrafficFilter filter) => Failures.Of(result, (Errno)(-result) switch
    {
        _ when result >= 0 => null,
        Errno.EPERM => "changing filters needs CAP_NET_ADMIN in the network namespace; run as root",
        Errno.ENODEV => $"this network namespace has no interface {filter.InterfaceIndex}",
        Errno.ENOENT => "there is no such filter, or the kernel has neither clsact nor cls_bpf (CONFIG_NET_SCH_INGRESS, CONFIG_NET_CLS_BPF)",
        Errno.EINVAL => "the interface takes no clsact filter there, or the program is no tc program (section tc)",
        _ => null,
    });
}
