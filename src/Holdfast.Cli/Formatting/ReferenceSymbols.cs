using Holdfast.Isa.Text;
using Holdfast.Objects;

namespace Holdfast.Cli.Formatting;

/// <summary>Names what a program that is not loaded refers to, as comments that the assembler skips.</summary>
internal sealed class ReferenceSymbols(ProgramSpec program)
{
    private readonly ILookup<int, InstructionReference> _references = program.References.ToLookup(reference => reference.InstructionIndex);

    /// <summary>A comment for a slot, or nothing.</summary>
    public string At(int index) => _references[index].FirstOrDefault() is { Target: { } target } reference
        ? reference.Kind == ReferenceKind.MapValue ? $"  // {target}+{reference.Offset}" : $"  // {target}"
        : "";
}
