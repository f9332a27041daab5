using Holdfast.Btf;

namespace Holdfast;

/// <summary>A type of the kernel's: of <c>vmlinux</c> or of a module.</summary>
/// <param name="Types">The types that it is one of.</param>
/// <param name="Id">Its id in them.</param>
/// <param name="Module">Descriptor of the module's BTF, which is the environment's; 0: <c>vmlinux</c>.</param>
internal readonly record struct KernelType(BtfGraph Types, uint Id, int Module);
