using Holdfast.Isa.Abi;
using static Holdfast.Isa.Abi.AttachType;

namespace Holdfast.Verifier.Prototypes;

/// <summary>What r0 may be at exit (<c>check_return_code</c>); types that aren't here may return anything.</summary>
internal static class ReturnRanges
{
    public static ReturnRange? ZeroOrOne(VerificationRequest request) => new ReturnRange(0, 1);

    public static ReturnRange? SockAddr(VerificationRequest request) => request.AttachType switch
    {
        CgroupUdp4Recvmsg or CgroupUdp6Recvmsg or CgroupUnixRecvmsg
            or CgroupInet4Getpeername or CgroupInet6Getpeername or CgroupUnixGetpeername
            or CgroupInet4Getsockname or CgroupInet6Getsockname or CgroupUnixGetsockname => new ReturnRange(1, 1),
        CgroupInet4Bind or CgroupInet6Bind => new ReturnRange(0, 3),
        _ => new ReturnRange(0, 1),
    };

    public static ReturnRange? CgroupSkb(VerificationRequest request) =>
        request.AttachType == CgroupInetEgress ? new ReturnRange(0, 3) : new ReturnRange(0, 1);

    public static ReturnRange? Kprobe(VerificationRequest request) =>
        request.AttachType is TraceKprobeSession or TraceUprobeSession ? new ReturnRange(0, 1) : null;

    public static ReturnRange? RawTracepoint(VerificationRequest request) =>
        request.AttachBtfId == 0 ? null : new ReturnRange(0, 0);

    public static ReturnRange? Tracing(VerificationRequest request) => request.AttachType switch
    {
        TraceFentry or TraceFexit => new ReturnRange(0, 0),
        TraceIter => new ReturnRange(0, 1),
        _ => null,
    };
}
