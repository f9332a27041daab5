namespace Holdfast;

/// <summary>A source line of a program.</summary>
/// <param name="InstructionIndex">First slot of the line.</param>
/// <param name="File">File name as the compiler wrote it.</param>
/// <param name="Line">Line, from 1.</param>
/// <param name="Column">Column, from 1; 0 is unknown.</param>
/// <param name="Text">The line's text.</param>
public sealed record ProgramLine(int InstructionIndex, string File, int Line, int Column, string Text);
