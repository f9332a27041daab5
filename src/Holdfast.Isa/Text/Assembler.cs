using System.Buffers.Binary;
using Holdfast.Isa.Instructions;

namespace Holdfast.Isa.Text;

/// <summary>
/// Text → instructions. Reads every <see cref="DisassemblyStyle"/>, mixed at will, with labels (<c>name:</c>), comments
/// (<c>;</c>, <c>//</c>, <c>#</c>), and what listings put in front of instructions. As in uBPF, the first <c>exit</c> is a target named
/// <c>exit</c> unless a label has that name.
/// </summary>
public sealed class Assembler
{
    private const int MaxDiagnostics = 100;
    private const string ExitLabel = "exit";

    private readonly List<Instruction> _program = [];
    private readonly List<AssemblyDiagnostic> _diagnostics = [];
    private readonly Dictionary<string, int> _labels = new(StringComparer.Ordinal);
    private readonly List<(int Slot, int Line, Token Label, bool Immediate)> _jumps = [];
    private int? _firstExit;

    private Assembler()
    {
    }

    /// <summary>Assembles a program.</summary>
    /// <param name="text">The text, lines ended by <c>\n</c> or <c>\r\n</c>.</param>
    /// <param name="program">The instructions; empty on failure.</param>
    /// <param name="diagnostics">What is wrong, at most 100; empty on success.</param>
    /// <returns>Whether everything could be assembled.</returns>
    public static bool TryAssemble(string text, out Instruction[] program, out IReadOnlyList<AssemblyDiagnostic> diagnostics)
    {
        Assembler assembler = new();
        string[] lines = text.Split('\n');
        for (int i = 0; i < lines.Length && assembler._diagnostics.Count < MaxDiagnostics; i++)
        {
            assembler.ReadLine(lines[i], i + 1);
        }

        assembler.ResolveLabels();
        diagnostics = assembler._diagnostics;
        program = diagnostics.Count == 0 ? [.. assembler._program] : [];
        return diagnostics.Count == 0;
    }

    private void ReadLine(string line, int number)
    {
        LinePrefix prefix = LinePrefix.Of(line);
        string rest = prefix.Length == 0 ? line : new string(' ', prefix.Length) + line[prefix.Length..];
        List<Token> tokens = Lexer.Read(rest);
        if (tokens.Count > 0 && tokens[^1] is { Kind: TokenKind.Bad } bad)
        {
            Report(AssemblyDiagnosticIds.BadToken, number, bad.Column, $"'{bad.Text}' is neither a word, a number nor an operator");
            return;
        }

        int start = 0;
        while (tokens.Count > start + 1 && tokens[start].Kind == TokenKind.Word && tokens[start + 1].Is(":"))
        {
            DefineLabel(tokens[start], number);
            start += 2;
        }

        if (start < tokens.Count)
        {
            ReadInstruction(tokens[start..], number, prefix.Opcode);
        }
    }

    private void DefineLabel(Token label, int line)
    {
        if (!_labels.TryAdd(label.Text, _program.Count))
        {
            Report(AssemblyDiagnosticIds.DuplicateLabel, line, label.Column, $"label '{label.Text}' is defined twice");
        }
    }

    private void ReadInstruction(List<Token> tokens, int line, byte? opcode)
    {
        if (tokens is [{ Text: "invalid" }, { Kind: TokenKind.Number } raw])
        {
            Span<byte> bytes = stackalloc byte[Instruction.Size];
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, raw.Value);
            _program.Add(InstructionStream.Read(bytes));
            return;
        }

        LineMatcher? best = null;
        bool contradicted = false;
        foreach ((SyntaxPattern pattern, InstructionForm form, _, _) in SyntaxIndex.CandidatesFor(tokens))
        {
            LineMatcher matcher = new(tokens);
            if (!matcher.Matches(pattern))
            {
                best = best is null || matcher.Progress > best.Progress ? matcher : best;
                continue;
            }

            if (opcode is null || opcode == form.Opcode)
            {
                Emit(form, matcher.Values, line);
                return;
            }

            contradicted = true;
        }

        ReportNoMatch(tokens, line, best?.Failure, contradicted);
    }

    private void ReportNoMatch(List<Token> tokens, int line, MatchFailure? best, bool contradicted)
    {
        if (contradicted)
        {
            Report(AssemblyDiagnosticIds.Contradiction, line, tokens[0].Column, "the opcode in front isn't this instruction's");
        }
        else if (best is null)
        {
            Report(AssemblyDiagnosticIds.UnknownInstruction, line, tokens[0].Column, $"no instruction begins with '{tokens[0].Text}'");
        }
        else
        {
            Token last = tokens[^1];
            int column = best.Position < tokens.Count ? tokens[best.Position].Column : last.Column + last.Text.Length;
            Report(best.Id, line, column, best.Message);
        }
    }

    private void Emit(InstructionForm form, OperandValues values, int line)
    {
        int slot = _program.Count;
        if (values.Label is Token label)
        {
            _jumps.Add((slot, line, label, values.LabelIsImmediate));
        }

        if (form.Kind == FormKind.Exit)
        {
            _firstExit ??= slot;
        }

        _program.Add(new(
            form.Opcode,
            (byte)(values.Destination ?? form.Destination.Value),
            (byte)(values.Source ?? form.Source.Value),
            values.Offset ?? (short)form.Offset.Value,
            values.Immediate ?? form.Immediate.Value));
        if (form.SlotCount == 2)
        {
            _program.Add(new(0, 0, 0, 0, values.NextImmediate ?? 0));
        }
    }

    private void ResolveLabels()
    {
        if (_firstExit is int exit)
        {
            _labels.TryAdd(ExitLabel, exit);
        }

        foreach ((int slot, int line, Token label, bool immediate) in _jumps)
        {
            if (!_labels.TryGetValue(label.Text, out int target))
            {
                Report(AssemblyDiagnosticIds.UnknownLabel, line, label.Column, $"no label is called '{label.Text}'");
                continue;
            }

            int distance = target - slot - 1;
            if (!immediate && distance != (short)distance)
            {
                Report(AssemblyDiagnosticIds.TooFar, line, label.Column, $"'{label.Text}' is {distance} slots away, more than 16 bits hold");
                continue;
            }

            _program[slot] = immediate
                ? _program[slot] with { Immediate = distance }
                : _program[slot] with { Offset = (short)distance };
        }
    }

    private void Report(string id, int line, int column, string message)
    {
        if (_diagnostics.Count < MaxDiagnostics)
        {
            _diagnostics.Add(new(id, line, column, message));
        }
    }
}
