namespace Holdfast.Verifier;

/// <summary>One func_info record (<c>struct bpf_func_info</c>).</summary>
/// <param name="InstructionIndex">First slot of the function.</param>
/// <param name="TypeId">Id of its BTF FUNC.</param>
public readonly record struct FunctionInfo(int InstructionIndex, uint TypeId);
