using System.Diagnostics;
using System.Runtime.InteropServices;
using Holdfast.Btf.Extension;
using Holdfast.Btf.Relocation;
using Holdfast.Isa.Instructions;

namespace Holdfast.Btf.Tests.Relocation;

public class CoreRelocatorTests
{
    [Fact]
    public void AnswersAsLibbpfDoes()
    {
        IReadOnlyList<LibbpfLog> expected = LibbpfLog.Parse(File.ReadLines(TestData.FixturePath("core.expected")));

        Assert.Equal(30, expected.Count);
        Compare("core", TestData.Fixture("target"), expected);
    }

    [Fact]
    public void AnswersAsLibbpfDoesOnTheRunningKernel()
    {
        BtfGraph kernel = TestData.Kernel;
        IReadOnlyList<LibbpfLog> expected = LibbpfLog.Parse(RunBpftool());

        Assert.SkipWhen(expected.Count == 0, "bpftool printed no relocations: it needs root and a kernel with BPF");
        Compare("kernel", kernel, expected);
    }

    [Fact]
    public void PatchesValuesAndWidths()
    {
        Instruction[] code = Patch("core", TestData.Fixture("target"));

        Assert.Equal(new Instruction(0x71, 1, 1, 168, 0), code[33]);
        Assert.Equal(new Instruction(0x85, 0, 0, 0, CoreInstructionPatcher.PoisonHelper), code[0]);
        Assert.Equal(new Instruction(0x85, 0, 0, 0, 0xbad2310), code[14]);
        Assert.Equal(9, code[74].Immediate);
    }

    private static void Compare(string name, BtfGraph target, IReadOnlyList<LibbpfLog> expected)
    {
        (CoreRelocation[] relocations, Instruction[] code) = Resolve(name, target);

        Assert.Equal(expected.Count, relocations.Length);
        foreach ((LibbpfLog libbpf, CoreRelocation ours) in expected.Zip(relocations))
        {
            Assert.Equal(libbpf.Local, ours.LocalSpec);
            Assert.Equal(libbpf.Target, ours.TargetSpec);
            Assert.Equal((uint)libbpf.Instruction * 8, ours.Record.InstructionOffset);
            Assert.Null(CoreInstructionPatcher.TryPatch(code, libbpf.Instruction, ours));
            Assert.Equal(libbpf.Poisoned, code[libbpf.Instruction].Immediate == CoreInstructionPatcher.PoisonHelper);
            if (!libbpf.Poisoned)
            {
                // What libbpf prints as the old value is the instruction's; for bitfields compilers may differ.
                Assert.Equal(libbpf.TargetValue, ours.TargetValue);
                Assert.True(libbpf.LocalValue == ours.LocalValue || !ours.MustHoldLocalValue);
            }
        }
    }

    private static Instruction[] Patch(string name, BtfGraph target)
    {
        (CoreRelocation[] relocations, Instruction[] code) = Resolve(name, target);
        Assert.All(relocations, one => Assert.Null(CoreInstructionPatcher.TryPatch(code, (int)one.Record.InstructionOffset / 8, one)));
        return code;
    }

    private static (CoreRelocation[] Relocations, Instruction[] Code) Resolve(string name, BtfGraph target)
    {
        BtfGraph local = TestData.Fixture(name);
        Assert.True(BtfExtension.TryRead(TestData.FixtureBytes(name + ".btfext"), local, out BtfExtension? extension, out _));
        var relocator = new CoreRelocator(local, target);
        BtfExtensionSection<CoreRelocationRecord> section = Assert.Single(extension.Relocations, s => s.SectionName == "raw_tp");
        Instruction[] code = MemoryMarshal.Cast<byte, Instruction>(TestData.FixtureBytes(name + ".insns")).ToArray();
        return ([.. section.Records.Select(relocator.Resolve)], code);
    }

    private static string[] RunBpftool()
    {
        string pin = $"/sys/fs/bpf/holdfast-btf-test-{Environment.ProcessId}";
        var start = new ProcessStartInfo("bpftool", ["-d", "prog", "load", TestData.FixturePath("kernel.o"), pin])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        try
        {
            using Process process = Process.Start(start)!;
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            string log = process.StandardError.ReadToEnd() + output.GetAwaiter().GetResult();
            process.WaitForExit();
            return log.Split('\n');
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("bpftool is not installed");
            return [];
        }
        finally
        {
            File.Delete(pin);
        }
    }
}
