namespace Holdfast.Btf.Extension;

/// <summary>A CO-RE relocation as the compiler wrote it (<c>struct bpf_core_relo</c>).</summary>
/// <param name="InstructionOffset">Offset of the instruction in its section, in bytes.</param>
/// <param name="TypeId">Id of the root type in the object's graph.</param>
/// <param name="AccessOffset">String offset of the access spec, such as <c>0:1:2</c>.</param>
/// <param name="Kind">What is asked.</param>
public readonly record struct CoreRelocationRecord(uint InstructionOffset, uint TypeId, uint AccessOffset, CoreRelocationKind Kind);
