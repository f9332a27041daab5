using System.Collections.Immutable;
using Holdfast.Isa.Abi;

namespace Holdfast.Verifier.Prototypes;

/// <summary>A helper as the verifier sees it (<c>struct bpf_func_proto</c>).</summary>
public sealed record HelperPrototype
{
    /// <summary>The helper's number.</summary>
    public required HelperId Id { get; init; }

    /// <summary>Its name, <c>bpf_…</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Up to five arguments.</summary>
    public ImmutableArray<HelperArgument> Arguments { get; init; } = [];

    /// <summary>What it returns.</summary>
    public ReturnType Return { get; init; }

    /// <summary>Flags of the result.</summary>
    public ReturnFlags ReturnFlags { get; init; }

    /// <summary>Kernel type of a BTF-typed result.</summary>
    public string? ReturnBtfType { get; init; }

    /// <summary>Only programs under a GPL-compatible licence may call it.</summary>
    public bool GplOnly { get; init; }

    /// <summary>Packet pointers may be passed as memory (<c>pkt_access</c>).</summary>
    public bool PacketAccess { get; init; }

    /// <summary>
    /// It may move packet data, which ends all packet pointers (<c>bpf_helper_changes_pkt_data</c>). <c>bpf_tail_call</c> is an
    /// exception: a function that calls it counts as one that changes packet data, but behind the call itself, where the tail
    /// call has failed, packet pointers are still good.
    /// </summary>
    public bool ChangesPacketData { get; init; }

    /// <summary>It may sleep: only sleepable programs outside of critical regions may call it.</summary>
    public bool MightSleep { get; init; }

    /// <summary>It changes no register but r0 (<c>allow_fastcall</c>): spills of r1 to r5 around a call of it are removed.</summary>
    public bool AllowsFastCall { get; init; }
}
