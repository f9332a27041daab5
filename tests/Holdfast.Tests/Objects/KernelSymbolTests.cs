using System.Buffers.Binary;
using Holdfast.Isa.Abi;
using Holdfast.Objects;
using Holdfast.Tests.Engines;

namespace Holdfast.Tests.Objects;

/// <summary>Kernel symbols (<c>__ksym</c>) with and without a type.</summary>
public sealed class KernelSymbolTests
{
    public static TheoryData<string> Engines => EngineUnderTest.Names;

    [Theory]
    [MemberData(nameof(Engines))]
    public void AnUntypedSymbolIsItsAddressAndAMissingWeakOneNull(string engine)
    {
        ulong expected = File.ReadLines("/proc/kallsyms").Where(line => line.EndsWith(" __x64_sys_bpf", StringComparison.Ordinal) || line.EndsWith(" __arm64_sys_bpf", StringComparison.Ordinal))
            .Select(line => Convert.ToUInt64(line.Split(' ')[0], 16)).FirstOrDefault();
        Assert.SkipWhen(expected == 0, "this kernel has neither symbol, or hides addresses");
        using EngineUnderTest under = EngineUnderTest.Open(engine);
        using BpfObject loaded = under.Bpf.Load(Samples.Own("symbols"));
        Assert.Equal(3u, loaded.Program("look").TestRun(new byte[64]));
        BpfObjectSpec spec = loaded.Spec;
        Assert.Equal(expected, Value(loaded, spec, "address"));
        Assert.Equal(0ul, Value(loaded, spec, "missing"));
        Assert.Equal(0ul, Value(loaded, spec, "missing_typed"));
    }

    [Fact]
    public void ATypedSymbolIsSentByItsId()
    {
        using EngineUnderTest kernel = EngineUnderTest.Open("kernel");
        Assert.SkipUnless(File.Exists("/sys/kernel/btf/vmlinux"), "this kernel tells no types");
        var recording = new RecordingEngine(kernel.Bpf.Engine);
        Bpf bpf = Bpf.Over(recording);
        uint id = KernelBtfFile.Read("/sys/kernel/btf/vmlinux")!.FindByName<Btf.BtfVariable>("cpu_number")?.Id ?? 0;
        Assert.SkipWhen(id == 0, "this kernel has no variable cpu_number");
        Exception? failure = Record.Exception(() => bpf.Load(Samples.Own("symbols").WithOnly("typed").WithProgram("typed", program => program with { Autoload = true })).Dispose());
        Assert.Contains(recording.Loads[0].Instructions, instruction => instruction is { IsLoadImmediate64: true, Source: 3 } && instruction.Immediate == (int)id);
        // Without CONFIG_KALLSYMS_ALL the kernel can't tell where the variable is.
        Assert.SkipWhen(failure is VerificationException { Report.Reason: "ldimm64 failed to find the address for kernel symbol 'cpu_number'." }, failure?.Message ?? "");
        Assert.Null(failure);
    }

    [Fact]
    public void HiddenAndDoubtfulAddressesAreRefused()
    {
        HashSet<string> names = ["one", "two"];
        Assert.Equal(new Dictionary<string, ulong> { ["one"] = 0x10 }, KernelSymbolAddresses.Find(names, ["0000000000000010 T one", "0000000000000020 t three\t[module]"]));
        BpfException hidden = Assert.Throws<BpfException>(() => KernelSymbolAddresses.Find(names, ["0000000000000000 T one"]));
        Assert.Contains("kernel.kptr_restrict", hidden.Message, StringComparison.Ordinal);
        BpfException several = Assert.Throws<BpfException>(() => KernelSymbolAddresses.Find(names, ["0000000000000010 t two", "0000000000000020 t two\t[module]"]));
        Assert.Equal("extern 'two': the kernel has several symbols of that name, at 0x10 and 0x20; declare it with its type [EINVAL]", several.Message);
    }

    private static ulong Value(BpfObject loaded, BpfObjectSpec spec, string name)
    {
        VariableSpec variable = spec.Variables.Single(variable => variable.Name == name);
        byte[] data = new byte[loaded.Map(variable.MapName).ValueSize];
        Assert.True(loaded.Map(variable.MapName).TryLookup(new byte[4], data));
        return BinaryPrimitives.ReadUInt64LittleEndian(data.AsSpan((int)variable.Offset));
    }
}
