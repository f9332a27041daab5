using Holdfast.Isa.Abi;

namespace Holdfast.Verifier;

/// <summary>What verification found, as a value.</summary>
public sealed record VerificationReport
{
    /// <summary>Whether the program was accepted.</summary>
    public required bool Accepted { get; init; }

    /// <summary><see cref="Errno.None"/>, or what bpf(2) answers (EACCES, EINVAL, E2BIG, EPERM, …).</summary>
    public Errno Error { get; init; }

    /// <summary>The cause in one line, with the kernel's message where the cause is the same; empty if accepted.</summary>
    public string Reason { get; init; } = "";

    /// <summary>The slot at which the program was rejected, or -1.</summary>
    public int InstructionIndex { get; init; } = -1;

    /// <summary>The source line of that slot, if BTF names one.</summary>
    public SourceLocation? Source { get; init; }

    /// <summary>The log in the kernel's format, at the level asked for.</summary>
    public string Log { get; init; } = "";

    /// <summary>Instructions walked (<c>processed N insns</c>).</summary>
    public int ProcessedInstructions { get; init; }

    /// <summary>States kept at the end.</summary>
    public int TotalStates { get; init; }

    /// <summary>Most states kept at once.</summary>
    public int PeakStates { get; init; }
}
