using System.Globalization;
using Holdfast.Btf;

namespace Holdfast.Verifier.Reporting;

/// <summary>Source lines of instructions, from line_info.</summary>
internal sealed class SourceLines(VerificationRequest request)
{
    /// <summary>The line as the log writes it, <c>; text @ file.c:12</c>, or <see langword="null"/>.</summary>
    public string? At(int index) => Locate(index) is { } found
        ? string.Create(CultureInfo.InvariantCulture, $"; {found.Text} @ {Path.GetFileName(found.File)}:{found.Line}")
        : null;

    /// <summary>The source line of an instruction: of the last record at or before it.</summary>
    public SourceLocation? Locate(int index)
    {
        if (request.Btf is not { } types || request.Lines.IsDefaultOrEmpty || index < 0)
        {
            return null;
        }

        LineInfo? found = null;
        foreach (LineInfo line in request.Lines)
        {
            if (line.InstructionIndex > index)
            {
                break;
            }

            found = line;
        }

        return found is { } record
            ? new(types.GetString(record.FileNameOffset), record.Line, record.Column, types.GetString(record.LineOffset).Trim())
            : null;
    }

    public string FunctionName(int function) =>
        request.Btf is { } types && function < request.Functions.Length && types.TryGetType(request.Functions[function].TypeId, out BtfType? type)
            ? type.Name
            : "";
}
