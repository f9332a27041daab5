namespace Holdfast.Verifier;

/// <summary>One line_info record (<c>struct bpf_line_info</c>).</summary>
/// <param name="InstructionIndex">First slot of the line.</param>
/// <param name="FileNameOffset">Offset of the file name in the BTF strings.</param>
/// <param name="LineOffset">Offset of the source text in the BTF strings.</param>
/// <param name="LineColumn">Line number in the upper 22 bits, column in the lower 10.</param>
public readonly record struct LineInfo(int InstructionIndex, uint FileNameOffset, uint LineOffset, uint LineColumn)
{
    /// <summary>Line number, from 1.</summary>
    public int Line => (int)(LineColumn >> 10);

    /// <summary>Column, from 1; 0 is unknown.</summary>
    public int Column => (int)(LineColumn & 0x3ff);
}
