using Holdfast.Isa.Instructions;

namespace Holdfast.Isa.Text;

/// <summary>
/// Names that the instructions alone don't hold. Every method may answer <see langword="null"/>: then numbers are printed.
/// What is printed from names can't be read back by the assembler.
/// </summary>
public class InstructionSymbols
{
    /// <summary>Name of a kernel function.</summary>
    /// <param name="btfId">Its BTF id.</param>
    /// <param name="descriptorIndex">Index of its BTF in the descriptor array, 0 for vmlinux.</param>
    /// <returns>The name, printed as <c>call name#id</c>.</returns>
    public virtual string? Kfunc(int btfId, int descriptorIndex) => null;

    /// <summary>What a <c>lddw</c> loads.</summary>
    /// <param name="kind">Kind of constant.</param>
    /// <param name="immediate">Immediate of the first slot.</param>
    /// <param name="nextImmediate">Immediate of the second slot.</param>
    /// <returns>The whole right-hand side, <c>map[id:5][0]+4</c> for example.</returns>
    public virtual string? Constant(PseudoLoad kind, int immediate, int nextImmediate) => null;
}
