using Holdfast.Execution.Tests.Support;
using Holdfast.Isa.Instructions;

namespace Holdfast.Execution.Tests;

/// <summary><c>ld_abs</c> and <c>ld_ind</c>.</summary>
public sealed unsafe class PacketLoadTests
{
    private static readonly byte[] Packet = [0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0, 0xff];

    [Theory]
    [MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public void LoadsAreBigEndianAndZeroExtended(string engine)
    {
        Assert.Equal(0x12ul, Run(engine, Insn.LoadAbs(MemorySize.Byte, 0)));
        Assert.Equal(0x9abcul, Run(engine, Insn.LoadAbs(MemorySize.Half, 4)));
        Assert.Equal(0x9abcdef0ul, Run(engine, Insn.LoadAbs(MemorySize.Word, 4)));
        Assert.Equal(0xfful, Run(engine, Insn.LoadInd(MemorySize.Byte, 7, 3)));
        Assert.Equal(0xdef0ul, Run(engine, Insn.LoadInd(MemorySize.Half, 7, 1)));
        Assert.Equal(0x3456789aul, Run(engine, Insn.LoadInd(MemorySize.Word, 7, -4)));
    }

    [Theory]
    [MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public void ALoadBehindThePacketEndsTheProgramWithZero(string engine)
    {
        Assert.Equal(0ul, Run(engine, Insn.LoadAbs(MemorySize.Byte, 9), then: 5));
        Assert.Equal(0ul, Run(engine, Insn.LoadAbs(MemorySize.Word, 6), then: 5));
        Assert.Equal(0ul, Run(engine, Insn.LoadAbs(MemorySize.Word, int.MaxValue), then: 5));
        Assert.Equal(0ul, Run(engine, Insn.LoadAbs(MemorySize.Half, -1), then: 5));
        Assert.Equal(0ul, Run(engine, Insn.LoadInd(MemorySize.Half, 7, 3), then: 5));
        Assert.Equal(0ul, Run(engine, Insn.LoadInd(MemorySize.Byte, 7, int.MaxValue), then: 5));
        Assert.Equal(5ul, Run(engine, Insn.LoadAbs(MemorySize.Byte, 8), then: 5));
    }

    /// <summary>Runs a load with r7 = 5; <paramref name="then"/> replaces its result if the program goes on.</summary>
    private static ulong Run(string engine, Instruction load, int? then = null)
    {
        Instruction[] code =
            [Insn.Mov64Reg(6, 1), Insn.Mov64Imm(7, 5), load, .. then is { } value ? [Insn.Mov64Imm(0, value)] : Array.Empty<Instruction>(), Insn.Exit()];
        ExecutableProgram program = Runner.Prepare(engine, TestProgram.Create(code));
        fixed (byte* start = Packet)
        {
            return program.Run(new RunContext { PacketData = start, PacketLength = Packet.Length }, 0);
        }
    }
}
