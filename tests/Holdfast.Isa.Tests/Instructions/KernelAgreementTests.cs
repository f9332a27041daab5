using System.Text.RegularExpressions;
using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;

namespace Holdfast.Isa.Tests;

/// <summary>The opcode table against the running kernel: every opcode byte with every field that could tell forms apart.</summary>
public sealed partial class KernelAgreementTests(ITestOutputHelper output)
{
    private static readonly byte[] Destinations = [0, 2, 11];
    private static readonly byte[] Sources = [0, 1, 2, 3, 4, 5, 6, 7, 11];
    private static readonly short[] Offsets = [0, 1, 2, 8, 16, 32, -1];
    private static readonly int[] Immediates =
    [
        0, 1, 2, -1, 8, 16, 32, 64, 0x40, 0x41, 0x50, 0x51, 0xa0, 0xa1, 0xe0, 0xe1, 0xf0, 0xf1, 0x100, 0x101, 0x110, 0x120, 0x10000, 0x10001,
    ];

    public static TheoryData<byte> InstructionClasses => [0, 1, 2, 3, 4, 5, 6, 7];

    [Theory]
    [MemberData(nameof(InstructionClasses))]
    public void KernelTakesWhatTheTableHolds(byte instructionClass)
    {
        KernelBpf.SkipUnlessAvailable();
        if (Environment.OSVersion.Version < new Version(6, 18))
        {
            Assert.Skip($"the table is Linux 6.18's; this is {Environment.OSVersion.Version}");
        }

        using KernelBpf kernel = new();
        Dictionary<string, Instruction> disagreements = [];
        Dictionary<string, Instruction> words = [];
        int asked = 0;
        int masked = 0;
        foreach (Instruction instruction in Candidates(instructionClass))
        {
            string message = Ask(kernel, instruction);
            bool refused = IsAboutEncoding().IsMatch(message);
            bool ours = Opcodes.TryDecode(instruction, out InstructionForm? form) && form.AcceptedByLinux;
            asked++;
            string? refusal = Refusals.Of(instruction.IsLoadImmediate64 ? [instruction, default] : [instruction], 0);
            Assert.Equal(ours, refusal is null);
            if (refused && refusal != message)
            {
                words.TryAdd($"{instruction.Opcode:x2}: '{message}', not '{refusal}'", instruction);
            }

            if (ours == !refused)
            {
                continue;
            }

            if (!ours && IsEarlierCheck().IsMatch(message))
            {
                masked++;
                continue;
            }

            string key = $"{instruction.Opcode:x2} {message}: we say {(ours ? "valid" : "invalid")}";
            disagreements.TryAdd(key, instruction);
        }

        output.WriteLine($"asked {asked}, of those {masked} ended in an earlier check");
        Assert.Empty(disagreements);
        output.WriteLine(string.Join('\n', words));
        Assert.Empty(words);
    }

    [Fact]
    public void KernelAgreesOnTheSecondSlotOfConstants()
    {
        KernelBpf.SkipUnlessAvailable();
        using KernelBpf kernel = new();
        int map = kernel.MapCreate(MapType.Array, 4, 8, 1);
        Assert.True(map >= 0);
        Instruction constant = Insn.LoadImmediate64(1, 5)[0];
        Instruction mapFd = Insn.LoadMapFd(1, map)[0];
        Instruction mapValue = Insn.LoadMapValue(1, map, 0)[0];
        foreach ((Instruction first, Instruction next) in (ReadOnlySpan<(Instruction, Instruction)>)
            [
                (constant, new(0, 0, 0, 0, -1)), (constant, new(0, 1, 0, 0, 0)), (constant, new(0, 0, 1, 0, 0)), (constant, new(0, 0, 0, 1, 0)),
                (constant, new(1, 0, 0, 0, 0)), (mapFd, default), (mapFd, new(0, 0, 0, 0, 1)), (mapFd, new(0, 0, 0, 1, 0)), (mapValue, new(0, 0, 0, 0, 4)),
            ])
        {
            Instruction[] program = [first, next, Insn.Mov64Imm(0, 0), Insn.Exit()];
            int descriptor = kernel.Load(program, 1, out string log);
            kernel.Close(descriptor);
            Assert.True(Opcodes.TryDecode(program, 0, out _) == (descriptor >= 0), $"{first} {next}: {log}");
        }

        Assert.False(Opcodes.TryDecode((ReadOnlySpan<Instruction>)[constant], 0, out _));
        kernel.Close(map);
    }

    private static IEnumerable<Instruction> Candidates(byte instructionClass)
    {
        for (int opcode = instructionClass; opcode < 256; opcode += 8)
        {
            bool known = !Opcodes.Of((byte)opcode).IsEmpty;
            foreach (byte destination in Destinations)
            {
                foreach (byte source in Sources)
                {
                    foreach (short offset in Offsets)
                    {
                        foreach (int immediate in Immediates)
                        {
                            int odd = (destination != 0 ? 1 : 0) + (source != 0 ? 1 : 0) + (offset != 0 ? 1 : 0) + (immediate != 0 ? 1 : 0);
                            if (odd <= (known ? 2 : 1))
                            {
                                yield return new((byte)opcode, destination, source, offset, immediate);
                            }
                        }
                    }
                }
            }
        }
    }

    /// <summary>Puts the instruction where it is reached with every register set and short jumps landing, and returns the log's last word.</summary>
    private static string Ask(KernelBpf kernel, Instruction instruction)
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
            program.Add(default);
        }

        program.AddRange(Enumerable.Repeat(Insn.Mov64Imm(0, 0), 36));
        program.Add(Insn.Exit());
        int descriptor = kernel.Load(program.ToArray(), 1, out string log);
        if (descriptor >= 0)
        {
            kernel.Close(descriptor);
            return "accepted";
        }

        string[] lines = log.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return lines.LastOrDefault(line => !line.StartsWith("processed", StringComparison.Ordinal)) ?? $"no log, {(Errno)(-descriptor)}";
    }

    [GeneratedRegex("unknown opcode|reserved field|invalid BPF_ALU opcode|invalid BPF_JMP|invalid atomic op|unrecognized bpf_ld_imm64|invalid bpf_ld_imm64|"
        + "^R1[1-5] is invalid|invalid may_goto|address space 1 and 0")]
    private static partial Regex IsAboutEncoding();

    /// <summary>Passes over the whole program that come before instructions are looked at one by one.</summary>
    [GeneratedRegex("jump out of range|call to invalid destination|kernel function|kernel btf|last insn|"
        + "is not pointing to valid bpf_map|btf_id|fd_idx without fd_array|has an associated arena")]
    private static partial Regex IsEarlierCheck();
}
