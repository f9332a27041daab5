using Holdfast.Btf;
using Holdfast.Isa.Abi;
using static Holdfast.Isa.Abi.AttachType;

namespace Holdfast.Verifier.Prototypes;

/// <summary>Program types whose context is typed by the kernel's BTF.</summary>
internal static class TypedTypes
{
    private const int MaximumErrno = 4095;

    private static readonly ContextLayout Arguments = new TypedLayout();

    private static readonly HelperPrototype[] OnTracing = [.. TracingTypes.OnTyped, .. TracingHelpers.Iterator, .. TracingHelpers.Trampoline];

    private static readonly HelperPrototype[] OnSecurity =
    [
        .. TracingTypes.OnTyped.Where(row => row.Id is not (HelperId.SkStorageGet or HelperId.SkStorageDelete)),
        .. TracingHelpers.Trampoline, .. TracingHelpers.Security, SocketHelpers.StorageGet, SocketHelpers.StorageDelete,
        SocketHelpers.SetOptionOfSock, SocketHelpers.GetOptionOfSock, CgroupHelpers.LocalStorage, .. CgroupHelpers.ReturnValue,
    ];

    private static readonly HelperPrototype[] OnOperation =
    [
        SocketHelpers.SendAck, SocketHelpers.StorageGet, SocketHelpers.StorageDelete, SocketHelpers.SetOptionOfSock,
        SocketHelpers.GetOptionOfSock, GeneralHelpers.KtimeCoarse,
    ];

    /// <summary>All of them.</summary>
    public static KernelProgramType[] All { get; } =
    [
        new(ProgramType.Tracing, "tracing", Arguments, new(OnTracing)) { Returns = ReturnRanges.Tracing, Offers = OffersTracing },
        new(ProgramType.Lsm, "lsm", Arguments, new(OnSecurity)) { Returns = SecurityRange, Offers = OffersSecurity },
        new(ProgramType.StructOps, "struct_ops", Arguments, new(OnOperation)) { Offers = OffersOperation },
    ];

    private static bool OffersTracing(HelperId helper, VerificationRequest request) => helper switch
    {
        HelperId.SeqPrintf or HelperId.SeqWrite or HelperId.SeqPrintfBtf => request.AttachType == TraceIter,
        HelperId.GetFuncArg or HelperId.GetFuncRet or HelperId.GetFuncArgCnt => IsTrampoline(request),
        HelperId.GetAttachCookie => request.AttachType == TraceRawTp || IsTrampoline(request),
        _ => true,
    };

    private static bool OffersSecurity(HelperId helper, VerificationRequest request) => helper switch
    {
        HelperId.GetFuncArg or HelperId.GetFuncRet or HelperId.GetFuncArgCnt or HelperId.GetAttachCookie => request.AttachType == LsmMac,
        HelperId.ImaInodeHash or HelperId.ImaFileHash => request.Flags.HasFlag(ProgramFlags.Sleepable),
        HelperId.GetLocalStorage or HelperId.GetRetval or HelperId.SetRetval => request.AttachType == LsmCgroup,
        HelperId.Setsockopt or HelperId.Getsockopt => AttachTarget.Find(request, out _)?.Name is "bpf_lsm_socket_post_create"
            or "bpf_lsm_inet_conn_established" or "bpf_lsm_socket_connect" or "bpf_lsm_inet_csk_clone",
        _ => true,
    };

    /// <summary>Socket helpers belong to congestion control alone (<c>bpf_tcp_ca_get_func_proto</c>).</summary>
    private static bool OffersOperation(HelperId helper, VerificationRequest request) =>
        !OnOperation.Any(row => row.Id == helper)
        || (request.KernelBtf is { } types && types.TryGetType(request.AttachBtfId, out BtfType? type) && type.Name == "tcp_congestion_ops"
            && !(helper is HelperId.Setsockopt or HelperId.Getsockopt && AttachTarget.Find(request, out _)?.Name == "release"));

    /// <summary>An error number or zero, 32 bits wide; hooks without a result may not pretend one (<c>bpf_lsm_get_retval_range</c>).</summary>
    private static ReturnRange? SecurityRange(VerificationRequest request)
    {
        if (AttachTarget.Find(request, out _) is not { } hook)
        {
            return null;
        }

        bool hasResult = hook.Prototype.ReturnTypeId != 0;
        if (request.AttachType == LsmCgroup)
        {
            return hasResult ? new ReturnRange(0, 1) : new ReturnRange(1, 1);
        }

        return !hasResult ? null
            : hook.Name is "bpf_lsm_inode_xattr_skipcap" or "bpf_lsm_audit_rule_known" or "bpf_lsm_xfrm_state_pol_flow_match" ? new ReturnRange(0, 1, Is32Bit: true)
            : new ReturnRange(-MaximumErrno, 0, Is32Bit: true);
    }

    private static bool IsTrampoline(VerificationRequest request) => request.AttachType is TraceFentry or TraceFexit or ModifyReturn;
}
