using System.Collections.Immutable;
using Holdfast.Btf;
using Holdfast.Btf.Writing;
using Holdfast.Isa.Instructions;
using Holdfast.Objects;
using Holdfast.Tests.Engines;

namespace Holdfast.Tests.Objects;

/// <summary>Kernel functions (kfuncs), of the kernel itself and of modules.</summary>
public sealed class KernelFunctionTests
{
    public static TheoryData<string> Engines => EngineUnderTest.Names;

    [Fact]
    public void TheyAreCalledAndTheirReferencesReleased()
    {
        using EngineUnderTest kernel = EngineUnderTest.Open("kernel");
        Assert.SkipUnless(File.Exists("/sys/kernel/btf/vmlinux"), "this kernel tells no types");
        using BpfObject loaded = kernel.Bpf.Load(Samples.Own("kfuncs"));
        Assert.Equal(0u, loaded.Program("find_task").TestRun(new TestRunOptions()).ReturnValue);
        Assert.Equal(0u, loaded.Program("find_cgroup").TestRun(new TestRunOptions()).ReturnValue);
        byte[] same = new byte[loaded.Map(".bss").ValueSize];
        Assert.True(loaded.Map(".bss").TryLookup(new byte[4], same));
        Assert.Equal(1, BitConverter.ToInt32(same));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void AReferenceThatIsNotReleasedIsRefusedWithItsLine(string engine)
    {
        using EngineUnderTest under = EngineUnderTest.Open(engine, forVerdicts: true);
        Assert.SkipUnless(File.Exists("/sys/kernel/btf/vmlinux"), "this kernel tells no types");
        VerificationException refused = Assert.Throws<VerificationException>(() => under.Bpf.Load(Samples.Own("kfuncs").WithOnly("leaks")));
        Assert.Contains("reference", refused.Report.Reason, StringComparison.OrdinalIgnoreCase);
        Assert.EndsWith("kfuncs.bpf.c", refused.Report.Source!.File, StringComparison.Ordinal);
    }

    [Fact]
    public void AModulesFunctionIsSentByIdAndDescriptor()
    {
        using EngineUnderTest kernel = EngineUnderTest.Open("kernel");
        using var vmlinux = new TemporaryTypes();
        var module = new BtfBuilder(vmlinux.Graph);
        uint prototype = module.Add(new BtfFunctionPrototype(0, vmlinux.IntegerId, [new("value", vmlinux.IntegerId)]));
        uint function = module.Add(new BtfFunction(0, "bpf_holdfast_missing", prototype, BtfFunctionLinkage.Static));
        uint target = module.Add(new BtfFunction(0, "holdfast_missing_target", prototype, BtfFunctionLinkage.Static));
        var recording = new RecordingEngine(kernel.Bpf.Engine);
        recording.AddModule("holdfast_module", module.ToArray());
        Bpf bpf = Bpf.Over(recording);
        BpfLoadOptions options = new() { KernelBtfPath = vmlinux.Path };

        // The kernel refuses what isn't there; what it was asked is what counts.
        Assert.ThrowsAny<BpfException>(() => bpf.Load(Samples.Own("missing").WithOnly("missing_function"), options));
        RecordedLoad call = recording.Loads[0];
        Assert.Equal((int)function, call.Instructions.Single(instruction => instruction.IsKfuncCall).Immediate);
        Assert.Equal(1, call.Instructions.Single(instruction => instruction.IsKfuncCall).Offset);
        Assert.Equal(2, call.Descriptors.Length);
        Assert.NotEqual(0, call.Descriptors[1]);

        recording.Loads.Clear();
        Assert.ThrowsAny<BpfException>(() => bpf.Load(Samples.Own("missing").WithOnly("missing_target"), options));
        Assert.Equal(target, recording.Loads[0].Attribute.AttachBtfId);
        Assert.NotEqual(0u, recording.Loads[0].Attribute.AttachProgFd);

        BpfException other = Assert.ThrowsAny<BpfException>(() => bpf.Load(Samples.Own("missing").WithOnly("missing_module"), options));
        Assert.Contains("no function 'holdfast_module:init'", other.Message, StringComparison.Ordinal);
        Assert.Empty(recording.ModuleDescriptors);
    }

    /// <summary>A file of types that a module's continue.</summary>
    private sealed class TemporaryTypes : IDisposable
    {
        public TemporaryTypes()
        {
            var builder = new BtfBuilder();
            IntegerId = builder.Int("int", 4, BtfIntEncoding.Signed);
            Graph = builder.Build();
            File.WriteAllBytes(Path, builder.ToArray());
        }

        public string Path { get; } = System.IO.Path.GetTempFileName();

        public uint IntegerId { get; }

        public BtfGraph Graph { get; }

        public void Dispose() => File.Delete(Path);
    }
}
