using Holdfast.Isa.Abi;

namespace Holdfast;

/// <summary>What a program is loaded for.</summary>
/// <param name="BtfId">BTF id of the function or type, 0 for none.</param>
/// <param name="Descriptor">Descriptor of the program that the id is of; 0: the kernel's.</param>
internal readonly record struct AttachTarget(uint BtfId, int Descriptor)
{
    /// <summary>The attach type that comes with it, where the section doesn't say: number of the function in a struct_ops table.</summary>
    public AttachType? AttachType { get; init; }
}
