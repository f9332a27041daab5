using System.Diagnostics.CodeAnalysis;
using Holdfast.Isa.Instructions;
using Holdfast.Objects.Elf;

namespace Holdfast.Objects;

/// <summary>The sections of code and the functions in them.</summary>
internal sealed class FunctionIndex(ObjectImage image)
{
    /// <summary>Section of functions that are called, not programs.</summary>
    public const string SubprogramSection = ".text";

    private readonly Dictionary<int, Instruction[]> _code = [];
    private readonly Dictionary<(int Section, int Slot), FunctionCode> _starts = [];

    /// <summary>Index of the section of subprograms; -1 if there is none.</summary>
    public int Subprograms { get; private set; } = -1;

    /// <summary>Entry points, by section and place.</summary>
    public List<FunctionCode> Programs { get; } = [];

    public ReadOnlySpan<Instruction> CodeOf(FunctionCode function) => _code[function.Section].AsSpan(function.FirstSlot, function.Count);

    public bool IsCode(int section) => _code.ContainsKey(section);

    public bool TryFind(int section, long slot, [NotNullWhen(true)] out FunctionCode? function)
    {
        function = null;
        return slot is >= 0 and <= int.MaxValue && _starts.TryGetValue((section, (int)slot), out function);
    }

    public bool TryRead()
    {
        foreach (ElfSection section in image.Elf.Sections.Where(section => section.IsCode && !section.Data.IsEmpty))
        {
            if (!InstructionStream.TryParse(section.Data.Span, out Instruction[] code))
            {
                return image.Report(ObjectDiagnosticId.BadCodeSize, section, 0, $"section '{section.Name}' has {section.Size} bytes, no whole number of instructions");
            }

            _code.Add(section.Index, code);
            if (section.Name == SubprogramSection && Subprograms < 0)
            {
                Subprograms = section.Index;
            }
        }

        foreach (ElfSymbol symbol in image.Elf.Symbols)
        {
            if (symbol.Type == ElfSymbolType.Function && !TryAdd(symbol))
            {
                return false;
            }
        }

        IEnumerable<FunctionCode> entries = _starts.Values.Where(function => function.Section != Subprograms);
        // A lone function without SEC() is a program whose type is still to be said.
        Programs.AddRange(entries.Any() || _starts.Count > 1 ? entries : _starts.Values);
        Programs.Sort((left, right) => (left.Section, left.FirstSlot).CompareTo((right.Section, right.FirstSlot)));
        return true;
    }

    private bool TryAdd(ElfSymbol symbol)
    {
        if (image.SectionOf(symbol) is not { } section || !_code.TryGetValue(section.Index, out Instruction[]? code))
        {
            return true;
        }

        string name = image.NameOf(symbol);
        ulong length = (ulong)code.Length * Instruction.Size;
        if (symbol.Value % Instruction.Size != 0 || symbol.Size % Instruction.Size != 0 || symbol.Size == 0
            || symbol.Value > length || symbol.Size > length - symbol.Value)
        {
            return image.Report(
                ObjectDiagnosticId.BadFunction, section, 0, $"function '{name}' has {symbol.Size} bytes at {symbol.Value} of section '{section.Name}' of {length} bytes");
        }

        if (section.Index != Subprograms && symbol.Binding == ElfSymbolBinding.Local)
        {
            return image.Report(ObjectDiagnosticId.StaticProgram, section, symbol.Value, $"program '{name}' in section '{section.Name}' is static; programs must be global");
        }

        int slot = (int)(symbol.Value / Instruction.Size);
        _starts.TryAdd((section.Index, slot), new(name, section.Index, slot, (int)(symbol.Size / Instruction.Size)));
        return true;
    }
}
