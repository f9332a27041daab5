using Holdfast.Isa.Abi;
using Holdfast.Verifier.Prototypes;

namespace Holdfast.Verifier.Tests.Cases;

/// <summary>A program as text, with one point to make.</summary>
/// <param name="Name">File and title.</param>
/// <param name="Type">Rules of the program's type.</param>
/// <param name="Verdict"><c>accept</c>, or errno and message.</param>
/// <param name="KernelVerdict">The kernel's, where it differs on purpose.</param>
/// <param name="Code">Instructions as text; <c>@name</c> is a map of the case, or a kernel function.</param>
internal sealed record Case(string Name, ProgramTypeDefinition Type, string Verdict, string? KernelVerdict, string Code)
{
    public AttachType AttachType { get; init; }

    /// <summary>Name of the kernel type attached to, such as <c>btf_trace_sched_switch</c>.</summary>
    public string? Target { get; init; }

    public ProgramFlags Flags { get; init; }

    public string License { get; init; } = "GPL";

    public IReadOnlyList<CaseMap> Maps { get; init; } = [];

    public CaseTypes? Types { get; init; }
}
