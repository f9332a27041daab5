using Holdfast.Isa.Abi;

namespace Holdfast.Verifier.Analysis;

/// <summary>Ends the analysis of a program that is refused; caught by <see cref="ProgramVerifier"/> only.</summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1032:Implement standard exception constructors", Justification = "never leaves the assembly")]
[System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1064:Exceptions should be public", Justification = "never leaves the assembly")]
internal sealed class Rejection(Errno error, string reason, int index = -1) : Exception(reason)
{
    public Errno Error { get; } = error;

    /// <summary>The slot, or -1 for the one being walked.</summary>
    public int Index { get; } = index;
}
