using System.Collections.Immutable;
using Holdfast.Isa.Instructions;

namespace Holdfast.Verifier.Analysis;

/// <summary>
/// Finds the instructions of loops that end by comparing states (may_goto, callbacks, iterators). Inside of them a kept state's marks of
/// precision and of stack reads may be incomplete until the loop's head is done, so there numbers are always compared, and nothing is forgotten.
/// </summary>
/// <remarks>
/// Why only these. A path is dropped before its outcome is known only at a checkpoint, against a state K that it came through, with equal
/// calls on the stack (<c>Analyzer.LoopsBack</c>). What was kept before K is finished after K, when K's marks have gone around; so the incomplete ones were
/// kept between K and the drop. On that way let f be the frame of the least depth. f stood at the same slot at both ends and moved in
/// between, so all its slots on the way are in one component of its function's graph, and that holds the checkpoint, or a call that leads to it. A state kept
/// on the way is at such a slot, or in a function called from one, directly or not: both are marked, functions as a whole. Functions
/// whose address is taken are marked always: which call calls them back isn't known here, and an asynchronous one starts without a caller. So whatever
/// calls a marked state's frames may be unmarked, but no unmarked state has a marked caller.
/// </remarks>
internal static class LoopSearch
{
    public static bool[] Find(ImmutableArray<Instruction> code, ProgramStructure structure)
    {
        bool[] loopish = new bool[code.Length];
        if (!structure.IsForcedCheckpoint.AsSpan().Contains(true))
        {
            return loopish;
        }

        int[] components = LoopComponents.Find(code, structure);
        HashSet<int> loops = [.. WithCheckpoint(code, structure, components)];
        for (int i = 0; i < code.Length; i++)
        {
            loopish[i] = components[i] != 0 && loops.Contains(components[i]);
        }

        MarkCalled(code, structure, loopish);
        return loopish;
    }

    /// <summary>The components in which, or in functions called from which, a path may be dropped.</summary>
    private static IEnumerable<int> WithCheckpoint(ImmutableArray<Instruction> code, ProgramStructure structure, int[] components)
    {
        bool[] reaches = ReachCheckpoint(code, structure);
        for (int i = 0; i < code.Length; i++)
        {
            if (components[i] != 0 && (structure.IsForcedCheckpoint[i] || (code[i].IsLocalCall && reaches[Callee(code, structure, i)])))
            {
                yield return components[i];
            }
        }
    }

    /// <summary>Per function: whether it, or what it calls, has a checkpoint.</summary>
    private static bool[] ReachCheckpoint(ImmutableArray<Instruction> code, ProgramStructure structure)
    {
        bool[] reaches = new bool[structure.Starts.Length];
        bool changed = true;
        while (changed)
        {
            changed = false;
            for (int i = 0; i < code.Length; i++)
            {
                int function = structure.FunctionOf(i);
                if (!reaches[function] && (structure.IsForcedCheckpoint[i] || (code[i].IsLocalCall && reaches[Callee(code, structure, i)])))
                {
                    reaches[function] = changed = true;
                }
            }
        }

        return reaches;
    }

    private static void MarkCalled(ImmutableArray<Instruction> code, ProgramStructure structure, bool[] loopish)
    {
        bool[] marked = new bool[structure.Starts.Length];
        bool changed = true;
        while (changed)
        {
            changed = false;
            for (int i = 0; i < code.Length; i++)
            {
                if ((code[i].IsLocalCall && loopish[i]) || ProgramStructure.IsFunctionLoad(code[i]))
                {
                    int callee = Callee(code, structure, i);
                    if (!marked[callee])
                    {
                        marked[callee] = changed = true;
                        loopish.AsSpan(structure.Starts[callee]..structure.EndOf(callee)).Fill(true);
                    }
                }
            }
        }
    }

    private static int Callee(ImmutableArray<Instruction> code, ProgramStructure structure, int call) =>
        structure.FunctionAt(call + 1 + code[call].Immediate);
}
