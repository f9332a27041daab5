namespace Holdfast.Verifier.Tests.Prototypes;

/// <summary>What a probed argument is given.</summary>
internal enum Probe
{
    Right,
    Number,
    Zero,

    /// <summary>Zero, and the size behind it too.</summary>
    Null,
    Stack,
    MisalignedStack,
    ReadOnlyMapValue,
    Packet,
}
