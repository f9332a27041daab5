using Holdfast.Execution;
using Holdfast.Isa.Abi;

namespace Holdfast.Userspace.Helpers;

/// <summary>The helpers of the userspace engine. One that has no meaning in a process is absent, and <see cref="WhyAbsent"/> says why.</summary>
public static class UserspaceHelpers
{
    /// <summary>All that there are. Packet helpers want a context of this project's <c>Programs.Contexts</c> as their <see cref="RunContext"/>.</summary>
    public static HelperTable Table { get; } = Build();

    /// <summary>Why a helper isn't offered.</summary>
    /// <param name="helper">A helper that <see cref="Table"/> lacks.</param>
    /// <returns>One sentence without a full stop.</returns>
    public static string WhyAbsent(HelperId helper) => helper switch
    {
        HelperId.GetCurrentTask or HelperId.GetCurrentTaskBtf or HelperId.TaskPtRegs or HelperId.TaskStorageGet or HelperId.TaskStorageDelete
            or HelperId.GetTaskStack or HelperId.FindVma or HelperId.CopyFromUserTask => "a process has no kernel task objects",
        HelperId.ProbeWriteUser or HelperId.OverrideReturn => "it changes memory or flow of the traced code, which a host must not allow",
        HelperId.SendSignal or HelperId.SendSignalThread => "it would signal the host process itself",
        HelperId.PerfEventRead or HelperId.PerfEventReadValue or HelperId.PerfProgReadValue
            or HelperId.ReadBranchRecords or HelperId.GetBranchSnapshot => "perf events belong to the kernel",
        HelperId.SkbOutput or HelperId.XdpOutput => "it takes a packet object of the kernel's, which a process has none of",
        HelperId.GetFuncIp or HelperId.GetFuncArg or HelperId.GetFuncRet or HelperId.GetFuncArgCnt =>
            "there is no traced kernel function",
        HelperId.TimerInit or HelperId.TimerSetCallback or HelperId.TimerStart or HelperId.TimerCancel => "this engine has no timers yet",
        HelperId.KptrXchg or HelperId.PerCpuPtr or HelperId.ThisCpuPtr => "a process has no kernel objects to point at",
        HelperId.SkStorageGet or HelperId.SkStorageDelete or HelperId.InodeStorageGet or HelperId.InodeStorageDelete
            or HelperId.CgrpStorageGet or HelperId.CgrpStorageDelete or HelperId.GetLocalStorage => "this engine has no storage tied to kernel objects",
        HelperId.RedirectMap or HelperId.SkRedirectMap or HelperId.SkRedirectHash or HelperId.MsgRedirectMap or HelperId.MsgRedirectHash
            or HelperId.SockMapUpdate or HelperId.SockHashUpdate or HelperId.SkSelectReuseport => "a process has no maps of devices or sockets",
        HelperId.SkbUnderCgroup or HelperId.CurrentTaskUnderCgroup => "this engine has no maps of cgroups",
        HelperId.SeqPrintf or HelperId.SeqWrite or HelperId.SeqPrintfBtf or HelperId.SnprintfBtf or HelperId.DPath => "it prints kernel objects",
        HelperId.SysBpf or HelperId.SysClose or HelperId.BtfFindByNameKind or HelperId.KallsymsLookupName => "it is for programs that load programs into a kernel",
        _ => "it has no meaning in a process",
    };

    private static HelperTable Build()
    {
        HelperTable table = HelperTable.Maps;
        table = TimeHelpers.AddTo(table);
        table = IdentityHelpers.AddTo(table);
        table = TextHelpers.AddTo(table);
        table = PrintHelpers.AddTo(table);
        table = ProbeHelpers.AddTo(table);
        table = DynptrHelpers.AddTo(table);
        table = LoopHelpers.AddTo(table);
        table = RingHelpers.AddTo(table);
        table = PerfHelpers.AddTo(table);
        table = StackHelpers.AddTo(table);
        table = LockHelpers.AddTo(table);
        table = ChecksumHelpers.AddTo(table);
        table = SkBuffByteHelpers.AddTo(table);
        table = SkBuffRoomHelpers.AddTo(table);
        table = SkBuffStateHelpers.AddTo(table);
        table = VlanHelpers.AddTo(table);
        table = TunnelHelpers.AddTo(table);
        table = XdpHelpers.AddTo(table);
        table = RedirectHelpers.AddTo(table);
        return SocketHelpers.AddTo(table);
    }
}
