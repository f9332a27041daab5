namespace Holdfast.Isa.Text;

/// <summary>Why a line isn't of a syntax.</summary>
/// <param name="Position">Number of the token to point at.</param>
/// <param name="Id">One of <see cref="AssemblyDiagnosticIds"/>.</param>
/// <param name="Message">One line of text.</param>
internal sealed record MatchFailure(int Position, string Id, string Message);
