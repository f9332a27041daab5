using Holdfast.Isa.Abi;

namespace Holdfast.Userspace.Programs.Contexts;

/// <summary>What a test run must know of a program.</summary>
/// <param name="Type">Its type.</param>
/// <param name="AttachType">Its attach type.</param>
/// <param name="ContextReach">Bytes of context that it accesses (<c>max_ctx_offset</c>).</param>
public readonly record struct TestRunSubject(ProgramType Type, AttachType AttachType, int ContextReach);
