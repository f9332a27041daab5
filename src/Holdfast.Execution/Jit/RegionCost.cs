using Holdfast.Isa.Instructions;
using Holdfast.Verifier;

namespace Holdfast.Execution.Jit;

/// <summary>
/// Estimates of what RyuJIT counts. It compiles a method without optimising, silently, if that has more than 8,000 references to
/// locals, 2,000 locals, 2,000 blocks or 60,000 bytes of IL; and its work grows faster than the method.
/// </summary>
internal static class RegionCost
{
    /// <summary>Most references to locals in one method: about 1,500 instructions.</summary>
    public const int Limit = 4_500;

    /// <summary>Counts a block.</summary>
    /// <param name="program">The program.</param>
    /// <param name="graph">The function.</param>
    /// <param name="block">The block.</param>
    /// <returns>References to locals, and for other things what makes them as many.</returns>
    public static int Of(VerifiedProgram program, FunctionGraph graph, BasicBlock block)
    {
        // Entering or leaving a region here moves the live registers.
        int cost = 4;
        for (int slot = block.Start; slot < block.End; slot += program.Lowered[slot].SlotCount)
        {
            Instruction instruction = program.Lowered[slot];
            cost += instruction.Class switch
            {
                InstructionClass.Jmp or InstructionClass.Jmp32 when instruction.IsCall => 12,
                InstructionClass.Alu or InstructionClass.Alu64 when
                    instruction.AluOperation is AluOperation.Div or AluOperation.Mod => 8,
                _ when instruction.IsAtomic => 6,
                _ => 3,
            };
        }

        return cost;
    }
}
