using Holdfast.Isa.Abi;
using Holdfast.Objects;
using Holdfast.Tests.Engines;

namespace Holdfast.Tests.Objects;

/// <summary>Program types that need something of their own at load, global functions, and programs left out.</summary>
public sealed class ProgramKindTests
{
    public static TheoryData<string> Engines => EngineUnderTest.Names;

    [Theory]
    [MemberData(nameof(Engines))]
    public void EachIsLoadedForItsType(string engine)
    {
        using EngineUnderTest under = EngineUnderTest.Open(engine, forVerdicts: true);
        using BpfObject loaded = under.Bpf.Load(Samples.Own("kinds"));
        BpfObjectSpec spec = loaded.Spec;
        Assert.Equal(12, loaded.Programs.Count);
        Assert.All(loaded.Programs, program => Assert.Equal(spec.FindProgram(program.Key)!.Type, program.Value.Type));
        Assert.DoesNotContain("left_out", loaded.Programs.Keys);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void GlobalFunctionsAreCalled(string engine)
    {
        using EngineUnderTest under = EngineUnderTest.Open(engine);
        using BpfObject loaded = under.Bpf.Load(Samples.Own("kinds").WithOnly("global_functions", "counts"));
        Assert.Equal(42u, loaded.Program("global_functions").TestRun(new byte[64]));
        // A socket filter sees the packet from behind its Ethernet header, of 14 bytes.
        Assert.Equal(2u * (64 - 14), loaded.Program("counts").TestRun(new byte[64]));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void ProgramsAreChosen(string engine)
    {
        using EngineUnderTest under = EngineUnderTest.Open(engine, forVerdicts: true);
        BpfObjectSpec spec = Samples.Own("kinds");
        using (BpfObject some = under.Bpf.Load(spec.Without("counts", "pass_lookup")))
        {
            Assert.Equal(10, some.Programs.Count);
            ArgumentException missing = Assert.Throws<ArgumentException>(() => some.Program("counts"));
            Assert.Contains("no loaded program 'counts'", missing.Message, StringComparison.Ordinal);
        }

        using BpfObject one = under.Bpf.Load(spec.WithOnly("left_out"));
        Assert.Equal(["left_out"], one.Programs.Keys);
        Assert.Throws<ArgumentException>(() => spec.Without("no_such_program"));
    }

    [Fact]
    public void EveryFunctionHasItsRecord()
    {
        using EngineUnderTest kernel = EngineUnderTest.Open("kernel");
        var recording = new RecordingEngine(kernel.Bpf.Engine);
        Bpf bpf = Bpf.Over(recording);
        using BpfObject loaded = bpf.Load(Samples.Own("kinds").WithOnly("counts"));
        RecordedLoad load = Assert.Single(recording.Loads);
        Assert.Equal(3, load.Functions.Length); // the program, count() and twice()
        Assert.Equal(0u, load.Functions[0]);
        Assert.Equal(load.Functions.Order(), load.Functions);
        Assert.All(load.Functions, slot => Assert.True(slot < load.Instructions.Length));
        Assert.True(load.Attribute.LineInfoCnt > 3);
        Assert.Equal((8u, 16u), (load.Attribute.FuncInfoRecSize, load.Attribute.LineInfoRecSize));
    }

    [Fact]
    public void SleepableProgramsSleep()
    {
        using EngineUnderTest kernel = EngineUnderTest.Open("kernel");
        using BpfObject loaded = kernel.Bpf.Load(Samples.Own("kinds").WithOnly("call_twice"));
        TestRunOutcome outcome = loaded.Program("call_twice").TestRun(new TestRunOptions { Context = BitConverter.GetBytes(4) });
        Assert.Equal(10u, outcome.ReturnValue);
        Assert.Equal(5, BitConverter.ToInt32(outcome.Context));
        Assert.Equal(ProgramFlags.Sleepable, loaded.Spec.FindProgram("call_twice")!.Flags);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void AMapLeftOutIsNotCreatedAndItsUserIsToldWhy(string engine)
    {
        using EngineUnderTest under = EngineUnderTest.Open(engine);
        BpfObjectSpec spec = BpfObjectSpec.Load(Samples.FlowStats).WithMap("flows", map => map with { AutoCreate = false });
        VerificationException refused = Assert.Throws<VerificationException>(() => under.Bpf.Load(spec));
        Assert.StartsWith("map 'flows' was left out", refused.Report.Reason, StringComparison.Ordinal);
        using BpfObject without = under.Bpf.Load(spec.WithOnly());
        Assert.DoesNotContain("flows", without.Maps.Keys);
    }
}
