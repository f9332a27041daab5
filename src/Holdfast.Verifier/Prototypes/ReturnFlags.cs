namespace Holdfast.Verifier.Prototypes;

/// <summary>Flags of a helper's result.</summary>
[Flags]
public enum ReturnFlags
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>May be null; must be checked before use.</summary>
    MaybeNull = 1 << 0,

    /// <summary>Read-only memory.</summary>
    ReadOnly = 1 << 1,

    /// <summary>A reserved ring buffer record.</summary>
    RingBuf = 1 << 2,

    /// <summary>The result is a reference that must be released.</summary>
    Acquires = 1 << 3,

    /// <summary>A trusted pointer.</summary>
    Trusted = 1 << 4,
}
