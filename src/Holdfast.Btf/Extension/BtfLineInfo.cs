namespace Holdfast.Btf.Extension;

/// <summary>Says which source line an instruction comes from (<c>struct bpf_line_info</c>).</summary>
/// <param name="InstructionOffset">Offset of the instruction in its section, in bytes.</param>
/// <param name="FileNameOffset">String offset of the file's name, see <see cref="BtfGraph.GetString"/>.</param>
/// <param name="TextOffset">String offset of the line's text.</param>
/// <param name="LineColumn">Line number × 1024 + column.</param>
public readonly record struct BtfLineInfo(uint InstructionOffset, uint FileNameOffset, uint TextOffset, uint LineColumn)
{
    /// <summary>Line number, from 1.</summary>
    public uint Line => LineColumn >> 10;

    /// <summary>Column, from 1; 0 if unknown.</summary>
    public uint Column => LineColumn & 0x3ff;
}
