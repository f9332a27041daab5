namespace Holdfast.Verifier.Prototypes;

/// <summary>What a row of the helper table says beside arguments and result.</summary>
[Flags]
internal enum HelperTraits
{
    None = 0,

    /// <summary><see cref="HelperPrototype.GplOnly"/></summary>
    Gpl = 1 << 0,

    /// <summary><see cref="HelperPrototype.PacketAccess"/></summary>
    TakesPacket = 1 << 1,

    /// <summary><see cref="HelperPrototype.ChangesPacketData"/></summary>
    MovesPacket = 1 << 2,

    /// <summary><see cref="HelperPrototype.MightSleep"/></summary>
    Sleeps = 1 << 3,

    /// <summary><see cref="HelperPrototype.AllowsFastCall"/></summary>
    Fast = 1 << 4,
}
