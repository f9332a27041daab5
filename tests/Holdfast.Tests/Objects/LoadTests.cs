using Holdfast.Isa.Abi;
using Holdfast.Objects;
using Holdfast.Tests.Engines;

namespace Holdfast.Tests.Objects;

/// <summary>The sample object, loaded by both engines.</summary>
public sealed class LoadTests
{
    public static TheoryData<string> Engines => EngineUnderTest.Names;

    [Theory]
    [MemberData(nameof(Engines))]
    public void FlowStatsIsLoadedRunPinnedAndOpenedAgain(string engine)
    {
        using EngineUnderTest under = EngineUnderTest.Open(engine);
        using (BpfObject loaded = under.Bpf.Load(BpfObjectSpec.Load(Samples.FlowStats)))
        {
            Assert.Equal("flow_stats", loaded.Program("flow_stats").Name);
            Assert.Equal(MapType.Hash, loaded.Map("flows").Type);
            Assert.NotEqual(0u, loaded.Map("flows").Info.BtfId);
            loaded.PinAll(under.Pin("flow"));
        }

        using BpfProgram program = under.Bpf.OpenPinnedProgram(under.Pin("flow/flow_stats"));
        Assert.Equal(ProgramType.Xdp, program.Type);
        TestRunOutcome outcome = program.TestRun(new TestRunOptions { Data = new byte[60] });
        Assert.Equal(2u, outcome.ReturnValue);
        using BpfMap protocols = under.Bpf.OpenPinnedMap(under.Pin("flow/maps/protocols"));
        byte[] value = new byte[16];
        Assert.True(protocols.TryLookup(BitConverter.GetBytes(256), value));
        Assert.Equal(1u, BitConverter.ToUInt64(value));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void ARejectedProgramThrowsItsReportAndLeavesNothing(string engine)
    {
        using EngineUnderTest under = EngineUnderTest.Open(engine);
        BpfObjectSpec spec = BpfObjectSpec.Load(Samples.FlowStats)
            .WithMap("flows", map => map with { Pinning = MapPinning.ByName })
            .WithProgram("flow_stats", program => program with { Instructions = program.Instructions.SetItem(0, default) });
        VerificationException rejection = Assert.Throws<VerificationException>(
            () => under.Bpf.Load(spec, new BpfLoadOptions { PinDirectory = under.Pins }));
        Assert.Equal("flow_stats", rejection.Program);
        Assert.False(rejection.Report.Accepted);
        Assert.NotEqual("", rejection.Report.Reason);
        Assert.False(File.Exists(under.Pin("flows")));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void AMapPinnedByNameIsReusedOnlyInItsShape(string engine)
    {
        using EngineUnderTest under = EngineUnderTest.Open(engine);
        BpfLoadOptions options = new() { PinDirectory = under.Pins };
        BpfObjectSpec spec = BpfObjectSpec.Load(Samples.FlowStats).WithOnly().WithMap("flows", map => map with { Pinning = MapPinning.ByName });
        uint id;
        using (BpfObject first = under.Bpf.Load(spec, options))
            id = first.Map("flows").Id;
        using (BpfObject second = under.Bpf.Load(spec, options))
            Assert.Equal(id, second.Map("flows").Id);
        BpfException different = Assert.Throws<BpfException>(
            () => under.Bpf.Load(spec.WithMap("flows", map => map with { MaxEntries = 7 }), options));
        Assert.Equal(Errno.EINVAL, different.Errno);
        Assert.Contains("max_entries is 65536, the object wants 7", different.Message, StringComparison.Ordinal);
    }
}
