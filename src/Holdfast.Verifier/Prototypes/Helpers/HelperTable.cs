using System.Collections.Frozen;
using Holdfast.Isa.Abi;

namespace Holdfast.Verifier.Prototypes;

/// <summary>The helpers that one program type may call, on top of those that every type may (<c>bpf_base_func_proto</c>).</summary>
internal sealed class HelperTable
{
    private static readonly FrozenDictionary<HelperId, HelperPrototype> Basic =
        Index([.. MapHelpers.Basic, .. GeneralHelpers.Basic]);

    private static readonly FrozenDictionary<HelperId, HelperPrototype> Base =
        Index([.. MapHelpers.Basic, .. GeneralHelpers.Basic, .. MapHelpers.Advanced, .. GeneralHelpers.Advanced, .. TracingHelpers.Everywhere]);

    private readonly FrozenDictionary<HelperId, HelperPrototype> _own;

    /// <summary>Makes a table; a row here stands before the base row of its number.</summary>
    public HelperTable(params HelperPrototype[] own) => _own = Index(own);

    /// <summary>Whether any row, base or own, has this number.</summary>
    public HelperPrototype? Find(HelperId helper, bool unprivileged)
    {
        if (_own.TryGetValue(helper, out HelperPrototype? own))
        {
            return unprivileged && NeedsPerformanceCapability(helper) ? null : own;
        }

        return (unprivileged ? Basic : Base).GetValueOrDefault(helper);
    }

    /// <summary>Socket casts give kernel pointers, so they need CAP_PERFMON (<c>bpf_sk_base_func_proto</c>).</summary>
    private static bool NeedsPerformanceCapability(HelperId helper) =>
        helper is (>= HelperId.SkcToTcp6Sock and <= HelperId.SkcToUdp6Sock) or HelperId.SkcToUnixSock or HelperId.SkcToMptcpSock;

    private static FrozenDictionary<HelperId, HelperPrototype> Index(HelperPrototype[] rows) => rows.ToFrozenDictionary(row => row.Id);
}
