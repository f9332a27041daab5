using Holdfast.Isa.Abi;
using Holdfast.Objects;

namespace Holdfast;

/// <summary>Attaches a program by its section's name alone, by libbpf's rules, where that says all.</summary>
internal sealed class SectionAttachment(BpfProgram program)
{
    /// <summary>Attaches.</summary>
    public BpfLink Attach() => program.Type switch
    {
        ProgramType.Tracing when program.Spec is { ExpectedAttachType: AttachType.TraceIter } => program.AttachIterator(),
        ProgramType.Tracing or ProgramType.Lsm or ProgramType.Ext when program.Spec is not { ExpectedAttachType: AttachType.LsmCgroup } => program.AttachTracing(),
        ProgramType.SkLookup => program.AttachSkLookup(),
        ProgramType.FlowDissector => program.AttachFlowDissector(),
        ProgramType.RawTracepoint or ProgramType.RawTracepointWritable => program.AttachRawTracepoint(Target("AttachRawTracepoint(name)")),
        ProgramType.Tracepoint => Tracepoint(),
        ProgramType.Kprobe => Kprobe(),
        _ => throw Incomplete(Remedy()),
    };

    private BpfLink Tracepoint()
    {
        const string Method = "AttachTracepoint(category, name)";
        string[] parts = Target(Method).Split('/');
        return parts.Length == 2 ? program.AttachTracepoint(parts[0], parts[1]) : throw Incomplete(Method);
    }

    /// <summary>Section <c>kprobe/FUNCTION+OFFSET</c>, <c>kretprobe/FUNCTION</c>.</summary>
    private BpfLink Kprobe()
    {
        const string Method = "AttachKprobe(function) or AttachUprobe(file, offset)";
        string target = Target(Method);
        string stem = program.Spec!.SectionName.TrimStart('?').Split('/')[0];
        string[] parts = target.Split('+');
        ulong offset = 0;
        if (stem is not ("kprobe" or "kretprobe") || parts.Length > 2 || (parts.Length == 2 && !TryNumber(parts[1], out offset)))
            throw Incomplete(Method);
        return program.AttachKprobe(parts[0], stem == "kretprobe", offset);
    }

    private string Target(string method) => program.Spec?.AttachTarget ?? throw Incomplete(method);

    private string Remedy() => program.Type switch
    {
        ProgramType.Xdp => "AttachXdp(interface)",
        ProgramType.SchedCls => "AttachTc(interface)",
        ProgramType.SocketFilter => "AttachSocket(socket)",
        ProgramType.Netfilter => "AttachNetfilter(hook)",
        ProgramType.StructOps => "BpfMap.AttachStructOps on the map of operations",
        ProgramType.CgroupSkb or ProgramType.CgroupSock or ProgramType.CgroupSockAddr or ProgramType.CgroupDevice or ProgramType.CgroupSysctl
            or ProgramType.CgroupSockopt or ProgramType.SockOps or ProgramType.Lsm => "AttachCgroup(directory)",
        _ => "a command of bpf(2) through Bpf.Engine",
    };

    private BpfException Incomplete(string method)
    {
        string what = program.Spec is { } spec ? $"its section '{spec.SectionName}' doesn't say all" : "it was opened, not loaded, and so has no section";
        return new(Errno.EINVAL, $"attach '{program.Name}': {what}; use {method} [{Errno.EINVAL}]");
    }

    private static bool TryNumber(string text, out ulong number) => text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
        ? ulong.TryParse(text.AsSpan(2), System.Globalization.NumberStyles.HexNumber, System.Globalization.CultureInfo.InvariantCulture, out number)
        : ulong.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out number);
}
