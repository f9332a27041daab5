namespace Holdfast.Isa.Text;

/// <summary>What the assembler has against a line.</summary>
/// <param name="Id">Stable number, one of <see cref="AssemblyDiagnosticIds"/>.</param>
/// <param name="Line">Line, from 1.</param>
/// <param name="Column">Column, from 1.</param>
/// <param name="Message">One line of text.</param>
public sealed record AssemblyDiagnostic(string Id, int Line, int Column, string Message)
{
    /// <summary>As compilers write it: <c>3:7: error ASM002: unknown instruction 'foo'</c>.</summary>
    /// <returns>One line.</returns>
    public override string ToString() => $"{Line}:{Column}: error {Id}: {Message}";
}
