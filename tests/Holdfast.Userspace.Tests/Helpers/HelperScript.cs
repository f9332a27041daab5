using Holdfast.Execution;
using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;
using Holdfast.Userspace.Helpers;
using Holdfast.Userspace.Programs.Contexts;

namespace Holdfast.Userspace.Tests.Helpers;

/// <summary>
/// A few helper calls on one packet, with constants and a 64-byte buffer as arguments: run as a program in the kernel, and by
/// calling our helpers directly. What each call returns and what the context shows behind it is folded into one number.
/// </summary>
internal sealed class HelperScript(ProgramType type, IReadOnlyList<HelperScript.Step> steps, IReadOnlyList<short> watched)
{
    /// <summary>What the buffer holds first; shorter than 64 bytes is filled up with zeros.</summary>
    public byte[] Content { get; init; } = [.. Enumerable.Repeat((byte)0x5a, BufferBytes)];

    /// <summary>A constant text with its closing zero, for arguments that are <see cref="Step.Text"/>; and the map that holds it in the kernel.</summary>
    public (byte[] Bytes, int Map) Text { get; init; } = ([0], -1);

    private const int BufferBytes = 64;
    private const short CbOffset = 48;

    /// <summary>One call; an argument is a constant, or stands for the context or a place in the buffer.</summary>
    internal sealed record Step(HelperId Helper, params long[] Arguments)
    {
        public const long Context = long.MinValue;
        public const long Buffer = long.MinValue + 1000;

        public const long Text = long.MinValue + 2000;

        public override string ToString() => $"{Helper}({string.Join(", ", Arguments.Select(argument =>
            argument == Context ? "ctx" : argument is >= Buffer and < Buffer + BufferBytes ? $"buf+{argument - Buffer}" : argument.ToString()))})";
    }

    /// <summary>Types whose programs may return but 0 and 1 leave the number in the context.</summary>
    private bool ReturnsThroughContext => type == ProgramType.CgroupSkb;

    public override string ToString() => $"{type}: {string.Join("; ", steps)}";

    /// <summary>The script as a program.</summary>
    public Instruction[] ToProgram()
    {
        List<Instruction> program = [Insn.Mov64Reg(6, 1), Insn.Mov64Imm(7, 0)];
        for (short offset = -BufferBytes; offset < 0; offset += 8)
        {
            program.AddRange(Insn.LoadImmediate64(2, FirstWords()[(offset + BufferBytes) / 8]));
            program.Add(Insn.Store(MemorySize.Double, 10, offset, 2));
        }

        foreach (Step step in steps)
        {
            for (int i = 0; i < step.Arguments.Length; i++)
            {
                AddArgument(program, (byte)(i + 1), step.Arguments[i]);
            }

            program.Add(Insn.Call(step.Helper));
            Fold(program, 0);
            foreach (short offset in watched)
            {
                program.Add(Insn.Load(MemorySize.Word, 0, 6, offset));
                Fold(program, 0);
            }
        }

        for (short offset = -BufferBytes; offset < 0; offset += 8)
        {
            program.Add(Insn.Load(MemorySize.Double, 0, 10, offset));
            Fold(program, 0);
        }

        return ReturnsThroughContext
            ? [.. program, Insn.Store(MemorySize.Word, 6, CbOffset, 7), Insn.Mov64Imm(0, 1), Insn.Exit()]
            : [.. program, Insn.Mov64Reg(0, 7), Insn.Exit()];
    }

    /// <summary>The script on our helpers.</summary>
    public unsafe uint RunOurs(HostContext context)
    {
        ulong sum = 0;
        byte* buffer = stackalloc byte[BufferBytes];
        Span<ulong> words = new(buffer, BufferBytes / 8);
        FirstWords().CopyTo(words);
        fixed (byte* text = Text.Bytes)
            foreach (Step step in steps)
            {
                ulong[] arguments = new ulong[5];
                for (int i = 0; i < step.Arguments.Length; i++)
                {
                    long argument = step.Arguments[i];
                    arguments[i] = argument == Step.Context ? (ulong)context.Pointer
                        : argument is >= Step.Buffer and < Step.Buffer + BufferBytes ? (ulong)(buffer + (argument - Step.Buffer))
                        : argument == Step.Text ? (ulong)text
                        : (ulong)argument;
                }

                delegate* managed<RunContext, ulong, ulong, ulong, ulong, ulong, ulong> helper = UserspaceHelpers.Table.Find(step.Helper);
                sum = (sum * 31) + helper(context, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4]);
                foreach (short offset in watched)
                {
                    sum = (sum * 31) + BitConverter.ToUInt32(context.Visible[offset..]);
                }
            }

        foreach (ulong word in words)
        {
            sum = (sum * 31) + word;
        }

        if (ReturnsThroughContext)
        {
            BitConverter.TryWriteBytes(context.Visible[CbOffset..], (uint)sum);
            return 1;
        }

        return (uint)sum;
    }

    private ulong[] FirstWords()
    {
        byte[] bytes = new byte[BufferBytes];
        Content.CopyTo(bytes, 0);
        return [.. Enumerable.Range(0, BufferBytes / 8).Select(index => BitConverter.ToUInt64(bytes, index * 8))];
    }

    private void AddArgument(List<Instruction> program, byte register, long argument)
    {
        if (argument == Step.Context)
        {
            program.Add(Insn.Mov64Reg(register, 6));
        }
        else if (argument is >= Step.Buffer and < Step.Buffer + BufferBytes)
        {
            program.Add(Insn.Mov64Reg(register, 10));
            program.Add(Insn.Add64Imm(register, (int)(argument - Step.Buffer) - BufferBytes));
        }
        else if (argument == Step.Text)
        {
            program.AddRange(Insn.LoadMapValue(register, Text.Map, 0));
        }
        else
        {
            program.AddRange(Insn.LoadImmediate64(register, (ulong)argument));
        }
    }

    private static void Fold(List<Instruction> program, byte register)
    {
        program.Add(Insn.Alu64Imm(AluOperation.Mul, 7, 31));
        program.Add(Insn.Add64Reg(7, register));
    }
}
