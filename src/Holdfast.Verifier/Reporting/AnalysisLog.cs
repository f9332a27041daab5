using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Holdfast.Isa.Instructions;
using Holdfast.Isa.Text;
using Holdfast.Verifier.Analysis;

namespace Holdfast.Verifier.Reporting;

/// <summary>
/// The log in the kernel's format. Level bit 1 prints states where paths meet and part, bit 2 at each instruction, bit 4 statistics only.
/// </summary>
internal sealed class AnalysisLog(VerifierLogOptions options, VerificationRequest request)
{
    private readonly StringBuilder _text = new();
    private readonly SourceLines _lines = new(request);
    private FunctionState? _shown;
    private string? _lastLine;
    private bool _needsFullState;

    private bool Walks => (options.Level & 3) != 0;

    private bool Everything => (options.Level & 2) != 0;

    public string Text => _text.ToString();

    public void Line(string line)
    {
        if (options.Level != 0)
        {
            _text.Append(line).Append('\n');
            Trim();
        }
    }

    public void Begin(int function, ProgramStructure structure, VerificationRequest program)
    {
        _ = (structure, program);
        _needsFullState = true;
        _shown = null;
        if (Walks && function > 0)
        {
            Line(string.Create(CultureInfo.InvariantCulture, $"Validating {_lines.FunctionName(function)}() func#{function}..."));
        }
    }

    public void Resume(PendingPath path, ImmutableArray<Instruction> code)
    {
        _ = code;
        if (!Walks)
        {
            return;
        }

        _text.Append('\n');
        Line(string.Create(CultureInfo.InvariantCulture, $"from {path.Previous} to {path.Index}: {RegisterPrinter.Print(path.State, everything: true)}"));
        _needsFullState = false;
    }

    public void Safe(int previous, int index)
    {
        if (Walks)
        {
            Line(Everything
                ? string.Create(CultureInfo.InvariantCulture, $"from {previous} to {index}: safe")
                : string.Create(CultureInfo.InvariantCulture, $"{index}: safe"));
        }
    }

    public void Before(VerifierState state, int index, VerificationRequest program)
    {
        if (!Walks)
        {
            return;
        }

        if (_needsFullState)
        {
            Line(string.Create(CultureInfo.InvariantCulture, $"{index}: {RegisterPrinter.Print(state, everything: true)}"));
            _needsFullState = false;
        }

        string? source = _lines.At(index);
        if (source is not null && source != _lastLine)
        {
            Line(source);
            _lastLine = source;
        }

        _text.Append(CultureInfo.InvariantCulture, $"{index}: {Disassembler.Format(program.Instructions.AsSpan(), index, DisassemblyStyle.KernelLog)}");
        _shown = Everything ? state.Current.Clone() : null;
        if (!Everything)
        {
            _text.Append('\n');
        }

        Trim();
    }

    public void After(VerifierState state, int index, bool ended)
    {
        _ = (index, ended);
        if (!Everything)
        {
            return;
        }

        string changes = _shown is not null && _shown.Frame == state.CurrentFrame && ReferenceEquals(state.Current.Registers, state.Current.Registers)
            ? RegisterPrinter.PrintChanges(_shown, state)
            : RegisterPrinter.Print(state, everything: true);
        _text.Append(changes.Length == 0 ? "\n" : $" ; {changes}\n");
    }

    /// <summary>Ends the line of an instruction that was refused, and says why.</summary>
    public void Refuse(string reason)
    {
        if (options.Level == 0)
        {
            return;
        }

        if (_text.Length > 0 && _text[^1] != '\n')
        {
            _text.Append('\n');
        }

        Line(reason);
    }

    private void Trim()
    {
        // The end is kept, as by the kernel's rotating log.
        if (_text.Length > options.MaximumBytes * 2L && options.MaximumBytes > 0)
        {
            _text.Remove(0, _text.Length - options.MaximumBytes);
        }
    }

    public void Finish()
    {
        if (_text.Length > options.MaximumBytes && options.MaximumBytes > 0)
        {
            _text.Remove(0, _text.Length - options.MaximumBytes);
        }
    }
}
