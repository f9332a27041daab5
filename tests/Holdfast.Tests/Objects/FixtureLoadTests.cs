using System.Buffers.Binary;
using Holdfast.Isa.Abi;
using Holdfast.Objects;
using Holdfast.Tests.Engines;

namespace Holdfast.Tests.Objects;

/// <summary>The fixtures of the object reader on the kernel, the oracle: its own verifier, loader and maps must agree with us.</summary>
public sealed class FixtureLoadTests
{
    [Fact]
    public void MapsOfEveryDeclarationAreCreatedAndFilled()
    {
        using EngineUnderTest kernel = EngineUnderTest.Open("kernel");
        using BpfObject loaded = Load(kernel, "maps");
        Assert.Equal((8192u, 3ul), (loaded.Map("ring").MaxEntries, loaded.Map("bloom").Info.MapExtra));
        Assert.True(loaded.Map("events").MaxEntries > 0);
        byte[] value = new byte[4];
        Assert.True(loaded.Map("outer").TryLookup([3, 0, 0, 0], value));
        Assert.Equal(loaded.Map("inner_two").Id, BinaryPrimitives.ReadUInt32LittleEndian(value));
        Assert.False(loaded.Map("outer").TryLookup([0, 0, 0, 0], value));
        Assert.True(loaded.Map("jumps").TryLookup([2, 0, 0, 0], value));
        Assert.Equal(loaded.Program("target").Id, BinaryPrimitives.ReadUInt32LittleEndian(value));
        Assert.Equal(7u, Run(loaded, "entry"));
        Assert.True(File.Exists(kernel.Pin("pinned_by_name")));
    }

    [Fact]
    public void MapsWhoseTypesAreRefusedAreMadeWithoutThemAndListed()
    {
        using EngineUnderTest kernel = EngineUnderTest.Open("kernel");
        BpfObjectSpec spec = BpfObjectSpec.Load(Samples.FlowStats);
        spec = spec with { Maps = [.. spec.Maps.Select(map => map.Name == "protocols" ? map with { KeyTypeId = map.ValueTypeId } : map)] };
        using BpfObject loaded = kernel.Bpf.Load(spec);
        Assert.Equal(KeyValuePair.Create("protocols", Errno.EINVAL), Assert.Single(loaded.UntypedMaps));
        Assert.Equal(0u, loaded.Map("protocols").Info.BtfId);
        Assert.NotEqual(0u, loaded.Map("flows").Info.BtfId);
    }

    [Fact]
    public void DataFunctionsAndExternsWork()
    {
        using EngineUnderTest kernel = EngineUnderTest.Open("kernel");
        Dictionary<string, string> config = new() { ["CONFIG_BPF"] = "y" };
        using BpfObject loaded = Load(kernel, "code", new BpfLoadOptions { KernelConfig = config });
        Assert.False(loaded.Programs.ContainsKey("left_out"));
        Assert.Equal(2u, Run(loaded, "first"));
        Assert.Equal(3u + 's' + 'e', Run(loaded, "second"));
        uint version = ((uint)Environment.OSVersion.Version.Major << 16) | ((uint)Environment.OSVersion.Version.Minor << 8) | (uint)Math.Min(Environment.OSVersion.Version.Build, 255);
        Assert.Equal(version + 1, Run(loaded, "externs"));
        BpfException frozen = Assert.Throws<BpfException>(() => loaded.Map(".rodata").Update(new byte[4], new byte[loaded.Map(".rodata").ValueSize]));
        Assert.Equal(Errno.EPERM, frozen.Errno);
    }

    [Fact]
    public void AMissingStrongExternIsNamed()
    {
        using EngineUnderTest kernel = EngineUnderTest.Open("kernel");
        BpfException missing = Assert.Throws<BpfException>(
            () => Load(kernel, "code", new BpfLoadOptions { KernelConfig = new Dictionary<string, string>() }));
        Assert.Contains("'CONFIG_BPF'", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ConstantsCanBeSetBeforeLoading()
    {
        using EngineUnderTest kernel = EngineUnderTest.Open("kernel");
        BpfObjectSpec spec = Spec("code").WithOnly("first").WithVariable("limit", [0xff, 0xff, 0xff, 0x7f]);
        Dictionary<string, string> config = new() { ["CONFIG_BPF"] = "y" };
        using BpfObject loaded = kernel.Bpf.Load(spec, new BpfLoadOptions { KernelConfig = config });
        Assert.Equal(1u, Run(loaded, "first"));
    }

    [Fact]
    public void FieldsOfKernelTypesAreFound()
    {
        using EngineUnderTest kernel = EngineUnderTest.Open("kernel");
        Assert.SkipUnless(File.Exists("/sys/kernel/btf/vmlinux"), "this kernel tells no types");
        using BpfObject loaded = Load(kernel, "core");
        Assert.Equal(["enter", "probe"], loaded.Programs.Keys.Order());
    }

    [Fact]
    public void KernelFunctionsAreCalled()
    {
        using EngineUnderTest kernel = EngineUnderTest.Open("kernel");
        Assert.SkipUnless(File.Exists("/sys/kernel/btf/vmlinux"), "this kernel tells no types");
        using BpfObject loaded = Load(kernel, "ksyms");
        Assert.Equal(0u, Run(loaded, "locked"));
    }

    [Fact]
    public void LegacyMapsWork()
    {
        using EngineUnderTest kernel = EngineUnderTest.Open("kernel");
        using BpfObject loaded = Load(kernel, "legacy");
        Assert.Equal(0u, Run(loaded, "filter"));
    }

    [Fact]
    public void ARejectionNamesInstructionSourceAndCause()
    {
        using EngineUnderTest kernel = EngineUnderTest.Open("kernel");
        // The first lddw of a map becomes a plain constant: the helper wants a map.
        BpfObjectSpec spec = Spec("legacy").WithProgram("filter", program => program with
        {
            References = [],
            Instructions = [.. program.Instructions.Select(
            instruction => instruction.IsLoadImmediate64 ? instruction with { Registers = instruction.Destination } : instruction)]
        });
        VerificationException rejection = Assert.Throws<VerificationException>(() => kernel.Bpf.Load(spec));
        Assert.Contains("expected=map_ptr", rejection.Report.Reason, StringComparison.Ordinal);
        Assert.Contains("processed", rejection.Report.Log, StringComparison.Ordinal);
        Assert.True(rejection.Report.InstructionIndex > 0);
        Assert.Contains("bpf_map_lookup_elem", rejection.Report.Source!.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void RejectedProgramsCanBeLeftOut()
    {
        using EngineUnderTest kernel = EngineUnderTest.Open("kernel");
        BpfObjectSpec spec = Spec("maps").WithProgram("target", program => program with { Instructions = program.Instructions.SetItem(0, default) });
        using BpfObject loaded = kernel.Bpf.Load(spec, new BpfLoadOptions { KeepGoing = true, LogLevel = 4, PinDirectory = kernel.Pins });
        Assert.Equal("target", Assert.Single(loaded.Rejections).Program);
        Assert.True(loaded.Reports["entry"].ProcessedInstructions > 10);
        Assert.Equal(["entry"], loaded.Programs.Keys);
    }

    [Fact]
    public void PinningAllIsAllOrNothing()
    {
        using EngineUnderTest kernel = EngineUnderTest.Open("kernel");
        using BpfObject loaded = Load(kernel, "legacy");
        Directory.CreateDirectory(kernel.Pin("all/maps/second"));
        Assert.Throws<BpfException>(() => loaded.PinAll(kernel.Pin("all")));
        Assert.Empty(Directory.GetFiles(kernel.Pin("all"), "*", SearchOption.AllDirectories));
        Directory.Delete(kernel.Pin("all/maps/second"));
        loaded.PinAll(kernel.Pin("all"));
        Assert.Equal(["filter", "maps/first", "maps/second"],
            Directory.GetFiles(kernel.Pin("all"), "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(kernel.Pin("all"), path)).Order());
    }

    [Fact]
    public void AReusedMapIsComparedFieldByField()
    {
        using EngineUnderTest kernel = EngineUnderTest.Open("kernel");
        BpfLoadOptions options = new() { PinDirectory = kernel.Pins };
        BpfObjectSpec spec = Spec("maps").WithOnly();
        kernel.Bpf.Load(spec, options).Dispose();
        // Same sizes, another key type: struct key of 8 bytes against u64.
        uint number = spec.Btf!.Resolve(spec.FindMap("inner_one")!.ValueTypeId).Id;
        BpfException different = Assert.Throws<BpfException>(
            () => kernel.Bpf.Load(spec.WithMap("pinned_by_name", map => map with { KeyTypeId = number }), options));
        Assert.Contains("key: the object wants a Int, the map has a Struct", different.Message, StringComparison.Ordinal);
    }

    private static BpfObjectSpec Spec(string fixture) => BpfObjectSpec.Load(Samples.Fixture(fixture + ".bpf.o"));

    private static BpfObject Load(EngineUnderTest under, string fixture, BpfLoadOptions? options = null) =>
        under.Bpf.Load(Spec(fixture), (options ?? new BpfLoadOptions()) with { PinDirectory = under.Pins });

    private static uint Run(BpfObject loaded, string program) =>
        loaded.Program(program).TestRun(new TestRunOptions { Data = new byte[64] }).ReturnValue;
}
