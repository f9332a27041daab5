using Holdfast.Isa.Abi;
using static Holdfast.Isa.Abi.AttachType;

namespace Holdfast.Verifier.Tests.Prototypes;

/// <summary>The attach types that matter to each program type.</summary>
internal static class AttachTypes
{
    public static AttachType[] Of(ProgramType type) => type switch
    {
        ProgramType.CgroupSkb => [CgroupInetIngress, CgroupInetEgress],
        ProgramType.CgroupSock => [CgroupInetSockCreate, CgroupInetSockRelease, CgroupInet4PostBind, CgroupInet6PostBind],
        ProgramType.CgroupSockAddr =>
        [
            CgroupInet4Bind, CgroupInet6Bind, CgroupInet4Connect, CgroupInet6Connect, CgroupUnixConnect,
            CgroupUdp4Sendmsg, CgroupUdp6Sendmsg, CgroupUnixSendmsg, CgroupUdp4Recvmsg, CgroupUdp6Recvmsg, CgroupUnixRecvmsg,
            CgroupInet4Getpeername, CgroupInet6Getpeername, CgroupUnixGetpeername,
            CgroupInet4Getsockname, CgroupInet6Getsockname, CgroupUnixGetsockname,
        ],
        ProgramType.SockOps => [CgroupSockOps],
        ProgramType.CgroupDevice => [CgroupDevice],
        ProgramType.CgroupSysctl => [CgroupSysctl],
        ProgramType.CgroupSockopt => [CgroupGetsockopt, CgroupSetsockopt],
        ProgramType.Xdp => [default, Xdp, XdpDevMap, XdpCpuMap],
        ProgramType.SkSkb => [default, SkSkbStreamVerdict],
        ProgramType.SkMsg => [SkMsgVerdict],
        ProgramType.SkLookup => [SkLookup],
        ProgramType.SkReuseport => [SkReuseportSelect, SkReuseportSelectOrMigrate],
        ProgramType.FlowDissector => [FlowDissector],
        ProgramType.Netfilter => [Netfilter],
        ProgramType.Kprobe => [default, TraceKprobeMulti, TraceKprobeSession, TraceUprobeMulti, TraceUprobeSession],
        ProgramType.PerfEvent => [default],
        ProgramType.LircMode2 => [LircMode2],
        _ => [default],
    };

    /// <summary>Every program type with each of its attach types that the kernel loads.</summary>
    public static IEnumerable<(ProgramType Type, AttachType AttachType)> All()
    {
        foreach (ProgramType type in Enum.GetValues<ProgramType>())
        {
            foreach (AttachType attachType in Of(type))
            {
                yield return (type, attachType);
            }
        }
    }
}
