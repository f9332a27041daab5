using CsCheck;
using Holdfast.Isa.Instructions;
using Holdfast.Isa.Text;

namespace Holdfast.Isa.Tests;

public sealed class RoundTripTests
{
    public static TheoryData<DisassemblyStyle> Styles => [.. Enum.GetValues<DisassemblyStyle>()];

    /// <summary>A form of the table with anything in the fields that take anything; sometimes both slots of a lddw.</summary>
    private static readonly Gen<Instruction[]> AnyEncoding =
        Gen.Select(Gen.Int[0, Opcodes.All.Length - 1], Gen.Byte, Gen.Short, Gen.Int, Gen.Int).Select((row, registers, offset, immediate, next) =>
        {
            InstructionForm form = Opcodes.All[row];
            Instruction first = new(
                form.Opcode,
                form.Destination.Use == FieldUse.Fixed ? (byte)form.Destination.Value : (byte)(registers & 15),
                form.Source.Use == FieldUse.Fixed ? (byte)form.Source.Value : (byte)(registers >> 4),
                form.Offset.Use == FieldUse.Fixed ? (short)form.Offset.Value : offset,
                form.Immediate.Use == FieldUse.Fixed ? form.Immediate.Value : immediate);
            int second = form.NextImmediate.Use == FieldUse.Fixed ? form.NextImmediate.Value : next;
            return form.SlotCount == 2 ? [first, new Instruction(0, 0, 0, 0, second)] : new[] { first };
        });

    [Theory]
    [MemberData(nameof(Styles))]
    public void EveryFormReadsBack(DisassemblyStyle style)
    {
        foreach (InstructionForm form in Opcodes.All)
        {
            Instruction first = OpcodesTests.Plain(form);
            int second = form.NextImmediate.Use == FieldUse.Fixed ? form.NextImmediate.Value : 11;
            Check(form.SlotCount == 2 ? [first, new Instruction(0, 0, 0, 0, second)] : [first], style);
        }
    }

    [Theory]
    [MemberData(nameof(Styles))]
    public void EveryEncodingReadsBack(DisassemblyStyle style) => AnyEncoding.Sample(program => Check(program, style), iter: 20_000);

    [Theory]
    [MemberData(nameof(Styles))]
    public void AnyBytesReadBack(DisassemblyStyle style) =>
        OpcodesTests.AnySlot.Array[1, 8].Sample(program => Check(program, style), iter: 10_000);

    [Fact]
    public void NumberedListingsReadBack() => OpcodesTests.AnySlot.Array[1, 30].Sample(program =>
    {
        string text = Disassembler.Listing(program, numbered: true);
        Assert.True(Assembler.TryAssemble(text, out Instruction[] back, out _), text);
        Assert.Equal(program, back);
    });

    private static void Check(Instruction[] program, DisassemblyStyle style)
    {
        string text = Disassembler.Listing(program, style);
        Assert.True(Assembler.TryAssemble(text, out Instruction[] back, out IReadOnlyList<AssemblyDiagnostic> diagnostics), $"{text}{string.Join(Environment.NewLine, diagnostics)}");
        Instruction[] expected = style == DisassemblyStyle.KernelLog ? WithoutIgnored(program) : program;
        Assert.True(expected.AsSpan().SequenceEqual(back), $"{text}→ {Disassembler.Listing(back, style)}");
    }

    /// <summary>The kernel's log doesn't show fields that it ignores: they come back as zero.</summary>
    private static Instruction[] WithoutIgnored(Instruction[] program)
    {
        Instruction[] shown = [.. program];
        for (int i = 0; i < shown.Length; i += Disassembler.SlotsAt(program, i))
        {
            InstructionForm? form = Opcodes.Match(shown[i]);
            if (form?.Offset.Use == FieldUse.Ignored)
            {
                shown[i] = shown[i] with { Offset = 0 };
            }

            if (form?.NextImmediate.Use == FieldUse.Ignored && Disassembler.SlotsAt(program, i) == 2)
            {
                shown[i + 1] = default;
            }
        }

        return shown;
    }
}
