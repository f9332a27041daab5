namespace Holdfast;

/// <summary>What a program is loaded for.</summary>
/// <param name="BtfId">BTF id of the function or type, 0 for none.</param>
/// <param name="Descriptor">Descriptor of the program, or of the module's BTF, that the id is of; 0: the kernel's.</param>
/// <param name="Member">For struct_ops: which member of the kernel's table, which stands where attach types do.</param>
internal readonly record struct AttachTarget(uint BtfId, int Descriptor = 0, uint? Member = null);
