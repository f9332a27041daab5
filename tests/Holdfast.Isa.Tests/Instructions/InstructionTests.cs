using System.Runtime.CompilerServices;
using CsCheck;
using Holdfast.Isa.Instructions;

namespace Holdfast.Isa.Tests;

public sealed class InstructionTests
{
    [Fact]
    public void SlotIsEightBytes() => Assert.Equal(Instruction.Size, Unsafe.SizeOf<Instruction>());

    [Fact]
    public void StreamIsLittleEndianAndKeepsEveryBit()
    {
        byte[] bytes = Convert.FromHexString("b701fffefdfcfbfa");
        Assert.True(InstructionStream.TryParse(bytes, out Instruction[] program));
        Assert.Equal(new Instruction(0xb7, 1, 0, -257, unchecked((int)0xfafbfcfd)), Assert.Single(program));
        Assert.Equal(bytes, InstructionStream.ToBytes(program));
        Gen.Byte.Array.Sample(any =>
            InstructionStream.TryParse(any, out Instruction[] read) == (any.Length % 8 == 0)
            && (any.Length % 8 != 0 || InstructionStream.ToBytes(read).AsSpan().SequenceEqual(any)));
    }

    [Fact]
    public void JumpTargetsCountSlotsFromTheNextInstruction()
    {
        Assert.Equal(14, Insn.Goto(3).JumpTarget(10));
        Assert.Equal(8, Insn.GotoLong(-3).JumpTarget(10));
        Assert.Equal(11, Insn.MayGoto(0).JumpTarget(10));
        Assert.Equal(9, Insn.JumpImm(JumpOperation.Jsle, 1, 5, -2).JumpTarget(10));
        Assert.Equal(13, Insn.CallLocal(2).JumpTarget(10));
        Assert.Null(Insn.Call(Isa.Abi.HelperId.MapLookupElem).JumpTarget(10));
        Assert.Null(Insn.Exit().JumpTarget(10));
        Assert.True(Insn.GotoLong(int.MaxValue).JumpTarget(10) < 0);
    }
}
