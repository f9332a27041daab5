using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;
using Holdfast.Isa.Text;

namespace Holdfast.Isa.Tests;

/// <summary>The kernel's own log, written while it verifies, against <see cref="DisassemblyStyle.KernelLog"/>, byte for byte.</summary>
public sealed class KernelLogTests
{
    private const int At = 10;

    [Fact]
    public void EveryFormIsPrintedAsTheKernelPrintsIt()
    {
        KernelBpf.SkipUnlessAvailable();
        if (Environment.OSVersion.Version < new Version(6, 18))
        {
            Assert.Skip($"the table is Linux 6.18's; this is {Environment.OSVersion.Version}");
        }

        using KernelBpf kernel = new();
        int compared = 0;
        foreach (InstructionForm form in Opcodes.All.Where(form => form.AcceptedByLinux))
        {
            // Descriptors are printed as addresses, kernel functions and variables by names from BTF; both go through symbols.
            bool named = form.Kind == FormKind.CallKfunc || (form.Kind == FormKind.LoadImmediate64 && form.Source.Value != 0);
            if (named)
            {
                continue;
            }

            Compare(kernel, OpcodesTests.Plain(form));
            Compare(kernel, Negative(form));
            compared++;
        }

        Assert.InRange(compared, Opcodes.All.Length - 9, Opcodes.All.Length);
    }

    [Fact]
    public void EveryHelperIsCalledByTheKernelsName()
    {
        KernelBpf.SkipUnlessAvailable();
        using KernelBpf kernel = new();
        foreach (HelperId helper in Enum.GetValues<HelperId>())
        {
            Compare(kernel, Insn.Call(helper));
        }

        Compare(kernel, Insn.Call((HelperId)9999));
        Compare(kernel, Insn.Call((HelperId)uint.MaxValue));
    }

    private static void Compare(KernelBpf kernel, Instruction instruction)
    {
        Instruction[] program = Surround(instruction);
        int descriptor = kernel.Load(program, 2, out string log);
        if (descriptor >= 0)
        {
            kernel.Close(descriptor);
        }

        string start = $"{At}: ";
        string? line = log.Split('\n').FirstOrDefault(candidate => candidate.StartsWith(start, StringComparison.Ordinal) && candidate.Contains('('));
        string ours = start + Disassembler.Format(program, At, DisassemblyStyle.KernelLog);
        Assert.True(line is not null, $"{ours}: not in the log:\n{log}");

        // The state that follows is padded to a column, and begins with a semicolon, or with the next slot's number.
        string theirs = line[..(line.IndexOf(" ; ", StringComparison.Ordinal) is var end && end > 0 ? end : line.Length)].TrimEnd();
        int state = theirs.IndexOf($" {At + 1}: ", StringComparison.Ordinal);
        Assert.Equal(state > 0 ? theirs[..state] : theirs, ours);
    }

    private static Instruction Negative(InstructionForm form)
    {
        Instruction plain = OpcodesTests.Plain(form);
        return plain with
        {
            Offset = form.Offset.Use is FieldUse.Fixed or FieldUse.Ignored ? plain.Offset : (short)-8,
            Immediate = form.Immediate.Use == FieldUse.Fixed || form.Kind == FormKind.CallLocal ? plain.Immediate : -6,
        };
    }

    /// <summary>Ten set registers before, so that the instruction stands at <see cref="At"/>; something to jump to behind.</summary>
    private static Instruction[] Surround(Instruction instruction)
    {
        List<Instruction> program = [Insn.Mov64Reg(6, 1)];
        foreach (byte register in (ReadOnlySpan<byte>)[0, 1, 2, 3, 4, 5, 7, 8])
        {
            program.Add(Insn.Mov64Imm(register, 1));
        }

        // Never taken, but makes what follows a jump or exit reachable in the control flow graph.
        program.Add(Insn.JumpImm(JumpOperation.Jeq, 8, 2, (short)instruction.SlotCount));
        program.Add(instruction);
        if (instruction.IsLoadImmediate64)
        {
            program.Add(new(0, 0, 0, 0, 0x1234));
        }

        bool calls = instruction.IsLocalCall;
        program.AddRange(Enumerable.Repeat(Insn.Mov64Imm(0, 0), calls ? instruction.Immediate - 1 : 36));
        program.Add(Insn.Exit());
        program.AddRange(calls ? [Insn.Mov64Imm(0, 0), Insn.Exit()] : []);
        return [.. program];
    }
}
