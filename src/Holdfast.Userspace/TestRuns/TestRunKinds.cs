using Holdfast.Isa.Abi;

namespace Holdfast.Userspace.TestRuns;

/// <summary>The program types that can be test-run.</summary>
internal static class TestRunKinds
{
    private static readonly ContextTestRun Any = new();

    /// <summary>Finds how a type is run; null if the kernel has no test run for it either.</summary>
    public static ITestRunKind? Find(ProgramType type) => type
        is ProgramType.Xdp or ProgramType.SocketFilter or ProgramType.SchedCls or ProgramType.SchedAct or ProgramType.CgroupSkb
        or ProgramType.LwtIn or ProgramType.LwtOut or ProgramType.LwtXmit or ProgramType.FlowDissector
        or ProgramType.RawTracepoint or ProgramType.Syscall or ProgramType.SkLookup ? Any : null;
}
