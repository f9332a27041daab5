using System.Reflection.Emit;

namespace Holdfast.Execution.Jit;

/// <summary>A function's method <c>ulong (JitConstants, RunContext, ulong…)</c> with one parameter for each register it takes.</summary>
/// <param name="Graph">The function.</param>
/// <param name="Method">Its method.</param>
internal sealed record CompiledFunction(FunctionGraph Graph, DynamicMethod Method);
