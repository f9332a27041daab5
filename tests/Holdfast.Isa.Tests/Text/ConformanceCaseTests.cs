using Holdfast.Isa.Instructions;
using Holdfast.Isa.Text;

namespace Holdfast.Isa.Tests;

public sealed class ConformanceCaseTests
{
    [Fact]
    public void EverySharedVectorAssembles()
    {
        string[] files = Directory.GetFiles(Repository.SharedFolder("conformance"), "*.data");
        Assert.True(files.Length >= 225, $"{files.Length} files");
        int raw = 0;
        foreach (string file in files)
        {
            bool read = ConformanceCase.TryParse(Path.GetFileNameWithoutExtension(file), File.ReadAllText(file), out ConformanceCase? vector, out var diagnostics);
            Assert.True(read, $"{file}: {string.Join("; ", diagnostics)}");
            if (vector!.Blocks.ContainsKey("raw") && vector.Assembled is not null)
            {
                Assert.Equal(vector.Program, vector.Assembled);
                raw++;
            }

            Instruction[] program = [.. vector.Program];
            foreach (DisassemblyStyle style in Enum.GetValues<DisassemblyStyle>())
            {
                Assert.True(Assembler.TryAssemble(Disassembler.Listing(program, style), out Instruction[] back, out _), file);
                Assert.Equal(program, back);
            }
        }

        Assert.True(raw > 0);
    }

    [Fact]
    public void BlocksAreReadInAnyOrder()
    {
        const string Text = """
            # comment
            -- result
            0x2a
            -- mem
            00 1 ff
            0a0B
            -- no register offset
            call instruction
            -- asm
            ldxb %r0, [%r1] # first
            exit
            """;
        Assert.True(ConformanceCase.TryParse("x", Text, out ConformanceCase? vector, out _));
        Assert.Equal(0x2aul, vector.Result);
        Assert.Equal([0, 1, 0xff, 0x0a, 0x0b], vector.Memory);
        Assert.Equal([Insn.Load(MemorySize.Byte, 0, 1, 0), Insn.Exit()], vector.Program);
        Assert.True(vector.Blocks.ContainsKey("no register offset"));
        Assert.Null(vector.Error);
    }

    [Theory]
    [InlineData("-- result\n1\n", "CNF001")]
    [InlineData("-- asm\nexit\n", "CNF002")]
    [InlineData("-- asm\nexit\n-- result\nx\n", "CNF003")]
    [InlineData("-- raw\n0x95zz\n-- result\n0\n", "CNF003")]
    [InlineData("-- asm\nexit\n-- mem\n123\n-- result\n0\n", "CNF003")]
    public void DamageIsNumbered(string text, string id)
    {
        Assert.False(ConformanceCase.TryParse("x", text, out _, out IReadOnlyList<AssemblyDiagnostic> diagnostics));
        Assert.Equal(id, Assert.Single(diagnostics).Id);
    }

    [Fact]
    public void DiagnosticsCountLinesOfTheFile()
    {
        Assert.False(ConformanceCase.TryParse("x", "# c\n-- asm\nexit\nfoo %r1\n", out _, out IReadOnlyList<AssemblyDiagnostic> diagnostics));
        Assert.Equal((4, "ASM002"), (diagnostics[0].Line, diagnostics[0].Id));
    }

    [Fact]
    public void HexTextReadsBack()
    {
        Instruction[] program = [.. Insn.LoadImmediate64(3, 0x1122334455667788), Insn.Exit()];
        string text = HexText.Format(program);
        Assert.Equal("18 03 00 00 88 77 66 55\n00 00 00 00 44 33 22 11\n95 00 00 00 00 00 00 00\n", text);
        Assert.True(HexText.TryParseProgram(text, out Instruction[] back));
        Assert.Equal(program, back);
        Assert.True(HexText.TryParseProgram(text.Replace(" ", "", StringComparison.Ordinal), out back));
        Assert.Equal(program, back);
        Assert.False(HexText.TryParseProgram("95", out _));
        Assert.False(HexText.TryParse("0x", out _));
        Assert.False(HexText.TryParse("xy", out _));
    }
}
