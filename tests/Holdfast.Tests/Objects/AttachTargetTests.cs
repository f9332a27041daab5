using Holdfast.Btf;
using Holdfast.Isa.Abi;
using Holdfast.Objects;
using Holdfast.Tests.Engines;

namespace Holdfast.Tests.Objects;

/// <summary>
/// What programs that are attached by BTF are loaded for. Hosts may refuse the loads themselves (EPERM, before verification): what was
/// sent is asserted first, then the load if it is allowed.
/// </summary>
public sealed class AttachTargetTests
{
    [Theory]
    [InlineData("enter", "bpf_fentry_test1", ProgramType.Tracing, AttachType.TraceFentry, ProgramFlags.None)]
    [InlineData("leave", "bpf_fentry_test1", ProgramType.Tracing, AttachType.TraceFexit, ProgramFlags.None)]
    [InlineData("modify", "bpf_modify_return_test", ProgramType.Tracing, AttachType.ModifyReturn, ProgramFlags.None)]
    [InlineData("enter_sleepable", "bpf_fentry_test1", ProgramType.Tracing, AttachType.TraceFentry, ProgramFlags.Sleepable)]
    [InlineData("check", "bpf_lsm_file_open", ProgramType.Lsm, AttachType.LsmMac, ProgramFlags.None)]
    [InlineData("check_sleepable", "bpf_lsm_file_open", ProgramType.Lsm, AttachType.LsmMac, ProgramFlags.Sleepable)]
    [InlineData("check_group", "bpf_lsm_socket_bind", ProgramType.Lsm, AttachType.LsmCgroup, ProgramFlags.None)]
    public void AFunctionIsItsId(string program, string function, ProgramType type, AttachType attachType, ProgramFlags flags)
    {
        using EngineUnderTest kernel = EngineUnderTest.Open("kernel");
        RecordedLoad load = Load(kernel, Samples.Own("targets").WithOnly(program), out Exception? failure);
        uint id = Types().FindByName<BtfFunction>(function)!.Id;
        Assert.Equal((type, attachType, flags, id, 0u), Sent(load));
        SkipIfForbidden(load, failure);
    }

    [Theory]
    [InlineData("each_task", "bpf_iter_task", ProgramFlags.None)]
    [InlineData("each_task_sleepable", "bpf_iter_task", ProgramFlags.Sleepable)]
    [InlineData("each_map", "bpf_iter_bpf_map", ProgramFlags.None)]
    public void AnIteratorIsItsFunction(string program, string function, ProgramFlags flags)
    {
        using EngineUnderTest kernel = EngineUnderTest.Open("kernel");
        RecordedLoad load = Load(kernel, Samples.Own("iterators").WithOnly(program), out Exception? failure);
        Assert.Equal((ProgramType.Tracing, AttachType.TraceIter, flags, Types().FindByName<BtfFunction>(function)!.Id, 0u), Sent(load));
        Assert.Null(failure);
    }

    [Fact]
    public void ATypedTracepointIsItsTypedef()
    {
        using EngineUnderTest kernel = EngineUnderTest.Open("kernel");
        RecordedLoad load = Load(kernel, Samples.Own("iterators").WithOnly("on_switch"), out Exception? failure);
        Assert.Equal((ProgramType.Tracing, AttachType.TraceRawTp, ProgramFlags.None, Types().FindByName<BtfTypedef>("btf_trace_sched_switch")!.Id, 0u), Sent(load));
        Assert.Null(failure);
    }

    [Fact]
    public void AReplacementIsAFunctionOfTheOtherProgram()
    {
        using EngineUnderTest kernel = EngineUnderTest.Open("kernel");
        using BpfObject kinds = kernel.Bpf.Load(Samples.Own("kinds").WithOnly("global_functions"));
        BpfProgram replaced = kinds.Program("global_functions");
        BpfLoadOptions options = new() { ReplacedPrograms = new Dictionary<string, BpfProgram> { ["replacement"] = replaced } };
        RecordedLoad load = Load(kernel, Samples.Own("targets").WithOnly("replacement"), out Exception? failure, options);
        uint id = kinds.Spec.Btf!.FindByName<BtfFunction>("twice")!.Id;
        Assert.Equal((ProgramType.Ext, default, ProgramFlags.None, id, (uint)replaced.Handle.Descriptor), Sent(load));
        SkipIfForbidden(load, failure);
    }

    [Fact]
    public void AProgramCanTraceAFunctionOfAnotherProgram()
    {
        using EngineUnderTest kernel = EngineUnderTest.Open("kernel");
        using BpfObject kinds = kernel.Bpf.Load(Samples.Own("kinds").WithOnly("global_functions"));
        BpfProgram traced = kinds.Program("global_functions");
        BpfLoadOptions options = new() { ReplacedPrograms = new Dictionary<string, BpfProgram> { ["enter"] = traced } };
        BpfObjectSpec spec = Samples.Own("targets").WithOnly("enter").WithProgram("enter", program => program with { AttachTarget = "global_functions" });
        RecordedLoad load = Load(kernel, spec, out Exception? failure, options);
        uint id = kinds.Spec.Btf!.FindByName<BtfFunction>("global_functions")!.Id;
        Assert.Equal((ProgramType.Tracing, AttachType.TraceFentry, ProgramFlags.None, id, (uint)traced.Handle.Descriptor), Sent(load));
        SkipIfForbidden(load, failure);
    }

    [Fact]
    public void IteratorsAreReadAsTheyRun()
    {
        using EngineUnderTest kernel = EngineUnderTest.Open("kernel");
        using BpfObject loaded = kernel.Bpf.Load(Samples.Own("iterators").WithOnly("each_map"));
        using BpfLink link = loaded.Program("each_map").Attach();
        using var reader = new StreamReader(link.OpenIterator());
        Assert.Contains($"map {loaded.Map(".bss").Id}", reader.ReadToEnd().Split('\n'));
    }

    private static RecordedLoad Load(EngineUnderTest kernel, BpfObjectSpec spec, out Exception? failure, BpfLoadOptions? options = null)
    {
        Assert.SkipUnless(File.Exists("/sys/kernel/btf/vmlinux"), "this kernel tells no types");
        var recording = new RecordingEngine(kernel.Bpf.Engine);
        Bpf bpf = Bpf.Over(recording);
        failure = Record.Exception(() => bpf.Load(spec, options).Dispose());
        return recording.Loads[0];
    }

    private static (ProgramType, AttachType, ProgramFlags, uint, uint) Sent(RecordedLoad load) =>
        (load.Attribute.ProgType, load.Attribute.ExpectedAttachType, load.Attribute.ProgFlags, load.Attribute.AttachBtfId, load.Attribute.AttachProgFd);

    private static BtfGraph Types() => KernelBtfFile.Read("/sys/kernel/btf/vmlinux")!;

    private static void SkipIfForbidden(RecordedLoad load, Exception? failure)
    {
        Assert.SkipWhen(load.Result == -(int)Errno.EPERM && Environment.UserName == "root", $"asserted as sent; {failure?.Message}");
        Assert.Null(failure);
    }
}
