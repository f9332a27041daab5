using Holdfast.Isa.Instructions;
using Holdfast.Isa.Text;

namespace Holdfast.Isa.Tests;

/// <summary>
/// Cases as files, one point each: <c>-- text</c> to assemble, <c>-- bytes</c> that must come out or <c>-- diagnostics</c>
/// (<c>line:column id</c>), and how it is printed: <c>-- llvm</c>, <c>-- kernel</c>, <c>-- mnemonic</c>.
/// </summary>
public sealed class TextCaseTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "tests/Holdfast.Isa.Tests/Cases");

    public static TheoryData<string> Names => [.. Directory.GetFiles(Folder, "*.case").Select(path => Path.GetFileNameWithoutExtension(path)!).Order()];

    [Fact]
    public void AllCasesAreThere() => Assert.Equal(173, Directory.GetFiles(Folder).Length);

    [Fact]
    public void LineEndsOfOtherSystems()
    {
        Assert.True(Assembler.TryAssemble("mov r0, 0\r\nexit\r\n", out Instruction[] program, out _));
        Assert.Equal([Insn.Mov64Imm(0, 0), Insn.Exit()], program);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Case(string name)
    {
        Dictionary<string, string> blocks = Blocks(File.ReadAllText(Path.Combine(Folder, name + ".case")));
        bool assembled = Assembler.TryAssemble(blocks["text"], out Instruction[] program, out IReadOnlyList<AssemblyDiagnostic> diagnostics);
        if (blocks.TryGetValue("diagnostics", out string? expected))
        {
            Assert.Equal(expected, string.Join('\n', diagnostics.Select(diagnostic => $"{diagnostic.Line}:{diagnostic.Column} {diagnostic.Id}")));
            return;
        }

        Assert.True(assembled, string.Join('\n', diagnostics));
        Assert.Equal(blocks["bytes"], HexText.Format(program).TrimEnd());
        foreach ((string block, DisassemblyStyle style) in (ReadOnlySpan<(string, DisassemblyStyle)>)
            [("llvm", DisassemblyStyle.Default), ("kernel", DisassemblyStyle.KernelLog), ("mnemonic", DisassemblyStyle.Mnemonic)])
        {
            if (blocks.TryGetValue(block, out string? text))
            {
                Assert.Equal(text, Disassembler.Listing(program, style).TrimEnd());
            }
        }
    }

    private static Dictionary<string, string> Blocks(string text) =>
        text.Split("\n-- ").Skip(1).ToDictionary(block => block[..block.IndexOf('\n')], block => block[(block.IndexOf('\n') + 1)..].TrimEnd('\n'));
}
