using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;

namespace Holdfast.Isa.Tests;

public sealed class ProgramTagTests
{
    [Fact]
    public void AgreesWithTheRunningKernel()
    {
        KernelBpf.SkipUnlessAvailable();
        if (Environment.OSVersion.Version < new Version(6, 18))
        {
            Assert.Skip($"kernels before 6.18 digest with SHA-1; this is {Environment.OSVersion.Version}");
        }

        Instruction[] program = [.. Insn.LoadImmediate64(1, 0x1122334455667788), Insn.Mov64Imm(0, 7), Insn.Exit()];
        using KernelBpf kernel = new();
        int descriptor = kernel.Load(program, 0, out _);
        Assert.True(descriptor >= 0, $"load: {(Errno)(-descriptor)}");
        try
        {
            ProgInfo info = default;
            Assert.Equal(0, kernel.Info(descriptor, ref info));
            byte[] tag = ProgramTag.Compute(program);
            Assert.Equal(info.Tag, BitConverter.ToUInt64(tag));
        }
        finally
        {
            kernel.Close(descriptor);
        }
    }

    [Fact]
    public void DoesNotDependOnMapDescriptors()
    {
        Instruction[] one = [.. Insn.LoadMapFd(1, 3), .. Insn.LoadMapValue(2, 4, 8), Insn.Exit()];
        Instruction[] other = [.. Insn.LoadMapFd(1, 9), .. Insn.LoadMapValue(2, 7, 16), Insn.Exit()];
        Assert.Equal(ProgramTag.Compute(one), ProgramTag.Compute(other));
        Instruction[] byIndex = [.. Insn.LoadPseudo(PseudoLoad.MapIndex, 1, 3), .. Insn.LoadMapValue(2, 4, 8), Insn.Exit()];
        Instruction[] otherIndex = [.. Insn.LoadPseudo(PseudoLoad.MapIndex, 1, 4), .. Insn.LoadMapValue(2, 4, 8), Insn.Exit()];
        Assert.NotEqual(ProgramTag.Compute(byIndex), ProgramTag.Compute(otherIndex));
    }
}
