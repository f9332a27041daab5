namespace Holdfast.Verifier.Prototypes;

/// <summary>What a program type may do to packet data through pointers (<c>may_access_direct_pkt_data</c>).</summary>
public enum PacketAccess : byte
{
    /// <summary>Nothing; not even hand it to helpers.</summary>
    None,

    /// <summary>Load, and hand it to helpers that take packets (<see cref="HelperPrototype.PacketAccess"/>).</summary>
    Read,

    /// <summary>Load and store, and hand it to helpers that take packets.</summary>
    ReadWrite,

    /// <summary>Load and store, and hand it to any helper that takes memory (option values of cgroup_sockopt).</summary>
    Unrestricted,
}
