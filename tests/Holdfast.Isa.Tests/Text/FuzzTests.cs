using CsCheck;
using Holdfast.Isa.Instructions;
using Holdfast.Isa.Text;

namespace Holdfast.Isa.Tests;

/// <summary>Any text and any bytes are answered, never thrown at. CsCheck_Iter and CsCheck_Time lengthen the runs.</summary>
public sealed class FuzzTests
{
    private static readonly string[] Words =
    [
        "r0", "w1", "%r10", "r15", "fp", "if", "goto", "gotol", "may_goto", "call", "lock", "exit", "lddw", "ldxw", "add32", "map", "fd", "skb", "u32", "s8",
        "ll", "pc", "bpf_map_lookup_elem", "local", "helper", "invalid", "0", "7", "0x10", "4294967296", "99999999999999999999", "18446744073709551615",
        "+", "-", "*", "(", ")", "[", "]", "=", "+=", "s>>=", "s>", ">", "==", "&", "#", ":", ",", ";", "//", "{", "}", "%", "'", "\"", "\t", "\u00e4", "\0",
    ];

    private static readonly string[] BlockNames = ["asm", "raw", "mem", "result", "error", "x"];

    private static readonly Gen<string> WordSoup =
        Gen.Int[0, Words.Length - 1].Select(Gen.Bool, (word, space) => Words[word] + (space ? " " : "")).Array[0, 12].Select(string.Concat);

    [Fact]
    public void AnyLineIsAnswered() => WordSoup.Array[1, 4].Select(lines => string.Join('\n', lines)).Sample(Assemble, iter: 50_000);

    [Fact]
    public void AnyCharactersAreAnswered() => Gen.String[0, 60].Sample(Assemble, iter: 20_000);

    [Fact]
    public void DamagedTextIsAnswered()
    {
        string[] texts =
        [
            .. Directory.GetFiles(Path.Combine(Repository.Root, "tests/Holdfast.Isa.Tests/Cases"), "*.case").Select(File.ReadAllText),
        ];
        Gen.Select(Gen.Int[0, texts.Length - 1], Gen.Int[0, 200], Gen.Int[0, 5], Gen.Char).Sample((text, at, count, character) =>
        {
            string whole = texts[text][(texts[text].IndexOf("-- text\n", StringComparison.Ordinal) + 8)..];
            int start = Math.Min(at, whole.Length);
            Assemble(whole[..start] + character + whole[Math.Min(start + count, whole.Length)..]);
        }, iter: 50_000);
    }

    [Fact]
    public void AnyConformanceTextIsAnswered() =>
        Gen.Select(Gen.Int[0, BlockNames.Length - 1].Select(i => BlockNames[i]), WordSoup).Array[0, 5].Sample(blocks =>
        {
            string text = string.Concat(blocks.Select(block => $"-- {block.Item1}\n{block.Item2}\n"));
            bool read = ConformanceCase.TryParse("x", text, out ConformanceCase? vector, out IReadOnlyList<AssemblyDiagnostic> diagnostics);
            Assert.Equal(read, vector is not null);
            Assert.Equal(read, diagnostics.Count == 0);
        }, iter: 10_000);

    [Fact]
    public void AnyBytesAreDecodedAndPrinted() => OpcodesTests.AnySlot.Array[1, 4].Sample(program =>
    {
        for (int i = 0; i < program.Length; i++)
        {
            bool valid = Opcodes.TryDecode(program, i, out InstructionForm? form);
            string text = Disassembler.Format(program, i, DisassemblyStyle.KernelLog);
            Assert.True(!valid || text.StartsWith($"({form!.Opcode:x2}) ", StringComparison.Ordinal), text);
            _ = program[i].JumpTarget(i);
            Assert.Equal(valid && form!.AcceptedByLinux, Refusals.Of(program, i) is null);
        }
    }, iter: 50_000);

    [Fact]
    public void DiagnosticsEnd()
    {
        Assert.False(Assembler.TryAssemble(string.Concat(Enumerable.Repeat("?\n", 100_000)), out _, out IReadOnlyList<AssemblyDiagnostic> diagnostics));
        Assert.Equal(100, diagnostics.Count);
    }

    private static void Assemble(string text)
    {
        bool assembled = Assembler.TryAssemble(text, out Instruction[] program, out IReadOnlyList<AssemblyDiagnostic> diagnostics);
        Assert.Equal(assembled, diagnostics.Count == 0);
        if (assembled)
        {
            Assert.True(Assembler.TryAssemble(Disassembler.Listing(program), out Instruction[] back, out _), text);
            Assert.Equal(program, back);
        }
    }
}
