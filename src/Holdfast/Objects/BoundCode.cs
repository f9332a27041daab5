using Holdfast.Isa.Instructions;

namespace Holdfast;

/// <summary>A program's code with all that it refers to filled in.</summary>
/// <param name="Instructions">The instructions to load.</param>
/// <param name="Descriptors">Descriptors of modules' BTF that calls name by index; index 0 is <c>vmlinux</c>.</param>
/// <param name="Poisoned">Instructions that can't be run here and must not be reached: by slot, why.</param>
internal sealed record BoundCode(Instruction[] Instructions, IReadOnlyList<int> Descriptors, IReadOnlyDictionary<int, string> Poisoned);
