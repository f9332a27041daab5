using Holdfast.Btf.Extension;

namespace Holdfast.Btf.Relocation;

/// <summary>A CO-RE relocation and what the target says to it.</summary>
/// <param name="Record">The relocation.</param>
/// <param name="Outcome">How it came out.</param>
/// <param name="Reason">Why it is not resolved; empty if it is.</param>
public sealed record CoreRelocation(CoreRelocationRecord Record, CoreOutcome Outcome, string Reason)
{
    /// <summary>What is asked about, in words of the object's types.</summary>
    public string LocalSpec { get; init; } = "";

    /// <summary>What was found, in words of the target's types; empty if nothing was.</summary>
    public string TargetSpec { get; init; } = "";

    /// <summary>The answer by the object's own types, which stands in the instruction.</summary>
    public ulong LocalValue { get; init; }

    /// <summary>The answer by the target's types.</summary>
    public ulong TargetValue { get; init; }

    /// <summary>Whether the instruction must hold <see cref="LocalValue"/>.</summary>
    public bool MustHoldLocalValue { get; init; }

    /// <summary>Bytes that a load or store of the object's field moves; 0 if that doesn't apply.</summary>
    public uint LocalSize { get; init; }

    /// <summary>Bytes that a load or store of the target's field must move; 0 if that doesn't apply.</summary>
    public uint TargetSize { get; init; }

    /// <summary>Whether the width of a load or store may be changed: only pointers and unsigned integers stay right.</summary>
    public bool SizeMayChange { get; init; } = true;
}
