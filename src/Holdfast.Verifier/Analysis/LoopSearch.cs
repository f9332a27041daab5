using System.Collections.Immutable;
using Holdfast.Isa.Instructions;

namespace Holdfast.Verifier.Analysis;

/// <summary>
/// Finds the instructions of loops that end by comparing states (may_goto, callbacks, iterators). Inside of them a kept state's marks of
/// precision and of stack reads may be incomplete until the loop's head is done, so there numbers are always compared, and nothing is forgotten.
/// </summary>
internal static class LoopSearch
{
    public static bool[] Find(ImmutableArray<Instruction> code, ProgramStructure structure)
    {
        bool[] loopish = new bool[code.Length];
        bool any = false;
        for (int i = 0; i < code.Length; i++)
        {
            any |= structure.IsForcedCheckpoint[i];
        }

        if (any)
        {
            // Coarse and safe: every instruction of a program that has such a loop.
            Array.Fill(loopish, true);
        }

        return loopish;
    }
}
