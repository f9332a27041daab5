using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Holdfast.Isa.Instructions;

namespace Holdfast.Isa.Text;

/// <summary>
/// One case of the public bpf_conformance suite: a program, the memory that r1 points to (r2 is its length), and r0 at exit.
/// Files are blocks begun by lines <c>-- asm</c>, <c>-- raw</c>, <c>-- mem</c>, <c>-- result</c>, <c>-- error</c>; others are kept unread.
/// </summary>
public sealed record ConformanceCase
{
    /// <summary>Name, the file's without its extension as a rule.</summary>
    public required string Name { get; init; }

    /// <summary>The program: of <c>raw</c> where there is one, else of <c>asm</c>.</summary>
    public required IReadOnlyList<Instruction> Program { get; init; }

    /// <summary>The program of <c>asm</c>, where there is one.</summary>
    public IReadOnlyList<Instruction>? Assembled { get; init; }

    /// <summary>Initial memory; empty if r1 and r2 are zero.</summary>
    public byte[] Memory { get; init; } = [];

    /// <summary>r0 at exit; <see langword="null"/> where an error is expected.</summary>
    public ulong? Result { get; init; }

    /// <summary>Text of the expected error.</summary>
    public string? Error { get; init; }

    /// <summary>Every block by its name (<c>asm</c>, <c>no register offset</c>, …), comments and all.</summary>
    public required IReadOnlyDictionary<string, string> Blocks { get; init; }

    /// <summary>Reads a case.</summary>
    /// <param name="name">Name to give it.</param>
    /// <param name="text">The file's text.</param>
    /// <param name="result">The case.</param>
    /// <param name="diagnostics">What is wrong, with lines of the file; empty on success.</param>
    /// <returns>Whether it is one.</returns>
    public static bool TryParse(
        string name, string text, [NotNullWhen(true)] out ConformanceCase? result, out IReadOnlyList<AssemblyDiagnostic> diagnostics)
    {
        Dictionary<string, (string Text, int Line)> blocks = Split(text);
        List<AssemblyDiagnostic> problems = [];
        IReadOnlyList<Instruction>? assembled = ReadAssembly(blocks, problems);
        IReadOnlyList<Instruction>? raw = ReadRaw(blocks, problems);
        byte[] memory = ReadMemory(blocks, problems);
        ulong? expected = ReadResult(blocks, problems);
        string? error = blocks.TryGetValue("error", out (string Text, int Line) block) ? block.Text.Trim() : null;
        if ((raw ?? assembled) is not { Count: > 0 } && problems.Count == 0)
        {
            problems.Add(new(ConformanceDiagnosticIds.NoProgram, 1, 1, "neither 'asm' nor 'raw' holds an instruction"));
        }

        if (expected is null && error is null && problems.Count == 0)
        {
            problems.Add(new(ConformanceDiagnosticIds.NoResult, 1, 1, "neither 'result' nor 'error'"));
        }

        diagnostics = problems;
        result = problems.Count > 0 ? null : new()
        {
            Name = name,
            Program = raw ?? assembled ?? [],
            Assembled = assembled,
            Memory = memory,
            Result = expected,
            Error = error,
            Blocks = blocks.ToDictionary(pair => pair.Key, pair => pair.Value.Text, StringComparer.Ordinal),
        };
        return result is not null;
    }

    /// <summary>Blocks by name, with the line that each one's text starts at; what stands before the first is dropped.</summary>
    private static Dictionary<string, (string Text, int Line)> Split(string text)
    {
        string[] lines = [.. text.Split('\n').Select(line => line.TrimEnd('\r'))];
        int[] heads = [.. Enumerable.Range(0, lines.Length).Where(i => lines[i].StartsWith("--", StringComparison.Ordinal))];
        Dictionary<string, (string Text, int Line)> blocks = new(StringComparer.Ordinal);
        for (int i = 0; i < heads.Length; i++)
        {
            int start = heads[i] + 1;
            int end = i + 1 < heads.Length ? heads[i + 1] : lines.Length;
            blocks[lines[heads[i]][2..].Trim()] = (string.Join('\n', lines[start..end]), start + 1);
        }

        return blocks;
    }

    private static Instruction[]? ReadAssembly(Dictionary<string, (string Text, int Line)> blocks, List<AssemblyDiagnostic> problems)
    {
        if (!blocks.TryGetValue("asm", out (string Text, int Line) block))
        {
            return null;
        }

        if (!Assembler.TryAssemble(block.Text, out Instruction[] program, out IReadOnlyList<AssemblyDiagnostic> diagnostics))
        {
            problems.AddRange(diagnostics.Select(diagnostic => diagnostic with { Line = diagnostic.Line + block.Line - 1 }));
        }

        return program;
    }

    private static Instruction[]? ReadRaw(Dictionary<string, (string Text, int Line)> blocks, List<AssemblyDiagnostic> problems)
    {
        if (!blocks.TryGetValue("raw", out (string Text, int Line) block))
        {
            return null;
        }

        List<Instruction> program = [];
        Span<byte> bytes = stackalloc byte[Instruction.Size];
        foreach (string word in Words(block.Text))
        {
            if (!TryReadNumber(word, out ulong value))
            {
                problems.Add(new(ConformanceDiagnosticIds.BadNumber, block.Line, 1, $"'{word}' isn't a 64-bit number"));
                break;
            }

            BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
            program.Add(InstructionStream.Read(bytes));
        }

        return [.. program];
    }

    private static byte[] ReadMemory(Dictionary<string, (string Text, int Line)> blocks, List<AssemblyDiagnostic> problems)
    {
        if (!blocks.TryGetValue("mem", out (string Text, int Line) block))
        {
            return [];
        }

        if (!HexText.TryParse(string.Join(' ', Words(block.Text)), out byte[] memory))
        {
            problems.Add(new(ConformanceDiagnosticIds.BadNumber, block.Line, 1, "memory isn't hexadecimal bytes"));
        }

        return memory;
    }

    private static ulong? ReadResult(Dictionary<string, (string Text, int Line)> blocks, List<AssemblyDiagnostic> problems)
    {
        if (!blocks.TryGetValue("result", out (string Text, int Line) block))
        {
            return null;
        }

        string word = Words(block.Text).LastOrDefault("");
        if (!TryReadNumber(word, out ulong value))
        {
            problems.Add(new(ConformanceDiagnosticIds.BadNumber, block.Line, 1, $"result '{word}' isn't a 64-bit number"));
        }

        return value;
    }

    /// <summary>Words of a block without its comments.</summary>
    private static IEnumerable<string> Words(string text) =>
        text.Split('\n').SelectMany(line => line.Split('#')[0].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private static bool TryReadNumber(string word, out ulong value) =>
        word.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? ulong.TryParse(word.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value)
            : ulong.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}
