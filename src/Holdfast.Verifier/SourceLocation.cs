namespace Holdfast.Verifier;

/// <summary>A place in a source file, from line_info.</summary>
/// <param name="File">File name as the compiler wrote it.</param>
/// <param name="Line">Line, from 1.</param>
/// <param name="Column">Column, from 1; 0 is unknown.</param>
/// <param name="Text">The line's text.</param>
public sealed record SourceLocation(string File, int Line, int Column, string Text);
