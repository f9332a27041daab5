namespace Holdfast.Verifier;

/// <summary>Options that change what is accepted.</summary>
public sealed record VerifierPolicy
{
    /// <summary>A privileged loader's rules, with the kernel's limits.</summary>
    public static VerifierPolicy Default { get; } = new();

    /// <summary>Verify as the kernel does for a loader without CAP_BPF and CAP_PERFMON.</summary>
    public bool Unprivileged { get; init; }

    /// <summary>Instructions walked before the program counts as too complex (<c>BPF_COMPLEXITY_LIMIT_INSNS</c>).</summary>
    public int InstructionBudget { get; init; } = 1_000_000;
}
