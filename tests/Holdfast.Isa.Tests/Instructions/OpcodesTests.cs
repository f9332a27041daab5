using CsCheck;
using Holdfast.Isa.Instructions;

namespace Holdfast.Isa.Tests;

public sealed class OpcodesTests
{
    internal static readonly Gen<Instruction> AnySlot =
        Gen.Select(Gen.Byte, Gen.Byte, Gen.Short, Gen.Int).Select((opcode, registers, offset, immediate) =>
            new Instruction(opcode, (byte)(registers & 15), (byte)(registers >> 4), offset, immediate));

    [Fact]
    public void FormsOfOneOpcodeDoNotOverlapUnlessOrdered()
    {
        foreach (InstructionForm form in Opcodes.All)
        {
            Instruction plain = Plain(form);
            Assert.Same(form, Opcodes.Match(plain));
            Assert.True(Opcodes.TryDecode(plain, out _));
        }
    }

    [Fact]
    public void EveryOpcodeByteIsAnswered()
    {
        int known = Enumerable.Range(0, 256).Count(opcode => !Opcodes.Of((byte)opcode).IsEmpty);

        // 53 arithmetic (2 × (12 × 2 + neg), le, be, bswap), 50 jumps (11 × 2 × 2, goto, gotol, may_goto, call, callx, exit),
        // 15 loads and stores, 4 atomic, 6 packet, lddw.
        Assert.Equal(53 + 50 + 15 + 4 + 6 + 1, known);
    }

    [Fact]
    public void AnySlotIsAnswered() => AnySlot.Sample(slot =>
        !Opcodes.TryDecode(slot, out InstructionForm? form) || (form.Matches(slot) && slot.Destination <= 10));

    [Fact]
    public void RegistersThatDoNotExistAreInvalid()
    {
        Assert.NotNull(Opcodes.Match(Insn.Mov64Imm(11, 0)));
        Assert.False(Opcodes.TryDecode(Insn.Mov64Imm(11, 0), out _));
        Assert.False(Opcodes.TryDecode(Insn.Mov64Reg(1, 15), out _));
    }

    /// <summary>An instruction of a form with something in every field that takes something.</summary>
    internal static Instruction Plain(InstructionForm form) => new(
        form.Opcode,
        Value(form.Destination, 3),
        Value(form.Source, 7),
        (short)(form.Offset.Use == FieldUse.Fixed ? form.Offset.Value : 5),
        form.Immediate.Use == FieldUse.Fixed ? form.Immediate.Value : 9);

    private static byte Value(FieldRule rule, byte register) => rule.Use == FieldUse.Fixed ? (byte)rule.Value : register;
}
