using Holdfast.Isa.Abi;

namespace Holdfast.Userspace.Hooks;

/// <summary>How a hook makes one verdict of what its programs return, which run in order; <c>docs/hooks.md</c> has the table.</summary>
internal readonly struct HookVerdict
{
    private readonly Rule _rule;

    private HookVerdict(Rule rule, uint start)
    {
        _rule = rule;
        Start = start;
    }

    private enum Rule
    {
        /// <summary>The first that returns anything but the start value decides.</summary>
        FirstDecides,

        /// <summary>All run; bit 0 is set if all set it, the others if any does.</summary>
        AllMustAllow,

        /// <summary>The least value; after a 0 none runs.</summary>
        Least,

        /// <summary>All run, and what they return is of no meaning.</summary>
        Observe,
    }

    /// <summary>The verdict of a hook without programs.</summary>
    public uint Start { get; }

    /// <summary>The rule of a program type. Types that it doesn't name decide as Linux security modules do: the first that isn't 0.</summary>
    public static HookVerdict Of(ProgramType type) => type switch
    {
        ProgramType.SchedCls or ProgramType.SchedAct => new(Rule.FirstDecides, uint.MaxValue), // TCX_NEXT (tcx_run)
        ProgramType.Xdp => new(Rule.FirstDecides, 2), // XDP_PASS (libxdp's dispatcher)
        ProgramType.FlowDissector => new(Rule.FirstDecides, 129), // BPF_FLOW_DISSECTOR_CONTINUE
        ProgramType.CgroupSkb or ProgramType.CgroupSock or ProgramType.CgroupSockAddr or ProgramType.CgroupSockopt
            or ProgramType.CgroupSysctl or ProgramType.CgroupDevice or ProgramType.SkLookup => new(Rule.AllMustAllow, 1), // bpf_prog_run_array_cg
        ProgramType.SocketFilter => new(Rule.Least, uint.MaxValue),
        ProgramType.RawTracepoint or ProgramType.RawTracepointWritable or ProgramType.Tracepoint or ProgramType.Kprobe
            or ProgramType.PerfEvent or ProgramType.Tracing => new(Rule.Observe, 0),
        _ => new(Rule.FirstDecides, 0),
    };

    /// <summary>Takes in what a program returned.</summary>
    /// <param name="verdict">The verdict so far.</param>
    /// <param name="returned">What it returned.</param>
    /// <returns>Whether the next program runs.</returns>
    public bool Add(ref uint verdict, uint returned)
    {
        switch (_rule)
        {
            case Rule.FirstDecides:
                verdict = returned;
                return returned == Start;
            case Rule.AllMustAllow:
                verdict = (verdict & returned & 1) | ((verdict | returned) & ~1u);
                return true;
            case Rule.Least:
                verdict = Math.Min(verdict, returned);
                return verdict != 0;
            default:
                return true;
        }
    }
}
