namespace Holdfast.Btf.Extension;

/// <summary>Says which function starts at an instruction (<c>struct bpf_func_info</c>).</summary>
/// <param name="InstructionOffset">Offset of the instruction in its section, in bytes.</param>
/// <param name="TypeId">Id of the <see cref="BtfFunction"/>.</param>
public readonly record struct BtfFunctionInfo(uint InstructionOffset, uint TypeId);
