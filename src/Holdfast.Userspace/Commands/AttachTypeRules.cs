using Holdfast.Isa.Abi;

namespace Holdfast.Userspace.Commands;

/// <summary>Which programs may say where they attach, and to what (<c>bpf_prog_load_fixup_attach_type</c>, <c>bpf_prog_load_check_attach</c>).</summary>
internal static class AttachTypeRules
{
    /// <summary>Fills in what programs of some types may leave out, as those did that were compiled before there was a choice.</summary>
    public static void Complete(ref ProgLoadAttribute attribute)
    {
        if (attribute.ExpectedAttachType != 0)
            return;
        attribute.ExpectedAttachType = attribute.ProgType switch
        {
            ProgramType.CgroupSock => AttachType.CgroupInetSockCreate,
            ProgramType.SkReuseport => AttachType.SkReuseportSelect,
            _ => 0,
        };
    }

    /// <summary>What is wrong, in one line; null if nothing is.</summary>
    public static string? Check(in ProgLoadAttribute attribute)
    {
        if (attribute.ProgIfindex != 0)
            return "programs of the userspace engine can't be offloaded to a device";
        if (attribute.AttachProgFd != 0)
            return "programs that attach to other programs are the kernel engine's";
        if (attribute.AttachBtfId != 0 && attribute.ProgType is not (ProgramType.Tracing or ProgramType.Lsm or ProgramType.StructOps or ProgramType.Ext))
            return $"{attribute.ProgType} programs don't attach to a function by its BTF id";
        return MayExpect(attribute.ProgType, attribute.ExpectedAttachType)
            ? null
            : $"{attribute.ProgType} programs don't attach as {attribute.ExpectedAttachType}";
    }

    private static bool MayExpect(ProgramType program, AttachType attach) => program switch
    {
        ProgramType.CgroupSock => attach is AttachType.CgroupInetSockCreate or AttachType.CgroupInetSockRelease
            or AttachType.CgroupInet4PostBind or AttachType.CgroupInet6PostBind,
        ProgramType.CgroupSockAddr => IsSocketAddress(attach),
        ProgramType.CgroupSkb => attach is AttachType.CgroupInetIngress or AttachType.CgroupInetEgress,
        ProgramType.CgroupSockopt => attach is AttachType.CgroupSetsockopt or AttachType.CgroupGetsockopt,
        ProgramType.SkLookup => attach == AttachType.SkLookup,
        ProgramType.SkReuseport => attach is AttachType.SkReuseportSelect or AttachType.SkReuseportSelectOrMigrate,
        ProgramType.Netfilter => attach == AttachType.Netfilter,
        ProgramType.Syscall or ProgramType.Ext => attach == 0,
        _ => true,
    };

    private static bool IsSocketAddress(AttachType attach) => attach
        is AttachType.CgroupInet4Bind or AttachType.CgroupInet6Bind
        or AttachType.CgroupInet4Connect or AttachType.CgroupInet6Connect or AttachType.CgroupUnixConnect
        or AttachType.CgroupInet4Getpeername or AttachType.CgroupInet6Getpeername or AttachType.CgroupUnixGetpeername
        or AttachType.CgroupInet4Getsockname or AttachType.CgroupInet6Getsockname or AttachType.CgroupUnixGetsockname
        or AttachType.CgroupUdp4Sendmsg or AttachType.CgroupUdp6Sendmsg or AttachType.CgroupUnixSendmsg
        or AttachType.CgroupUdp4Recvmsg or AttachType.CgroupUdp6Recvmsg or AttachType.CgroupUnixRecvmsg;
}
