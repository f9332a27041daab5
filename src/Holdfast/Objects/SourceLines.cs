using Holdfast.Btf.Extension;
using Holdfast.Objects;
using Holdfast.Verifier;

namespace Holdfast;

/// <summary>Finds the source line of an instruction.</summary>
internal static class SourceLines
{
    /// <summary>The last line record at or before a slot; null if the object has none.</summary>
    public static SourceLocation? Find(BpfObjectSpec spec, ProgramSpec program, int slot)
    {
        BtfLineInfo? found = null;
        foreach (BtfLineInfo line in program.Lines)
        {
            if (line.InstructionOffset <= slot)
                found = line;
        }

        return found is { } info && spec.Btf is { } btf
            ? new(btf.GetString(info.FileNameOffset), (int)info.Line, (int)info.Column, btf.GetString(info.TextOffset))
            : null;
    }

    /// <summary>The line as text for the end of a message, in parentheses; empty if there is none.</summary>
    public static string Describe(BpfObjectSpec spec, ProgramSpec program, int slot) =>
        Find(spec, program, slot) is { } line ? $" ({line.File}:{line.Line}: {line.Text.Trim()})" : "";
}
