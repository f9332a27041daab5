namespace Holdfast.Execution;

/// <summary>A function of a program as a helper calls it (<c>bpf_callback_t</c>).</summary>
/// <param name="context">The running thread's context.</param>
/// <param name="r1">First argument.</param>
/// <param name="r2">Second argument.</param>
/// <param name="r3">Third argument.</param>
/// <param name="r4">Fourth argument.</param>
/// <param name="r5">Fifth argument.</param>
/// <returns>r0 at the function's exit.</returns>
public delegate ulong CallbackEntry(RunContext context, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5);
