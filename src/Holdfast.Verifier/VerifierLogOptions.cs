namespace Holdfast.Verifier;

/// <summary>Options that change what is written, never what is accepted.</summary>
public sealed record VerifierLogOptions
{
    /// <summary>No log but the reason of a rejection.</summary>
    public static VerifierLogOptions None { get; } = new();

    /// <summary>Bit set as in bpf(2): 1 state at branches, 2 state at each instruction, 4 statistics.</summary>
    public int Level { get; init; }

    /// <summary>Largest log kept, in bytes; the end is kept, as the kernel's rotating log does.</summary>
    public int MaximumBytes { get; init; } = 16 << 20;
}
