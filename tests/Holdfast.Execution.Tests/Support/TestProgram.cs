using System.Collections.Immutable;
using Holdfast.Isa.Instructions;
using Holdfast.Verifier;

namespace Holdfast.Execution.Tests.Support;

/// <summary>
/// Makes programs that the tests vouch for instead of the verifier, so that execution is tested for itself. Maps are named by
/// index, functions of <c>lddw</c> by index of subprogram, as in <see cref="VerifiedProgram.Lowered"/>.
/// </summary>
internal static class TestProgram
{
    public static VerifiedProgram Create(
        IReadOnlyList<Instruction> code, int entryLength = 0, MapDescription[]? maps = null, Func<int, InstructionFacts, InstructionFacts>? facts = null)
    {
        bool[] reached = new bool[code.Count];
        SortedSet<int> starts = [0];
        Stack<int> pending = new([0]);
        while (pending.TryPop(out int slot))
        {
            if (slot >= code.Count || reached[slot])
            {
                continue;
            }

            reached[slot] = true;
            Instruction instruction = code[slot];
            if (instruction.JumpTarget(slot) is int target)
            {
                pending.Push(target);
                _ = instruction.IsLocalCall && starts.Add(target);
            }

            if (!instruction.IsExit && !instruction.IsUnconditionalJump)
            {
                pending.Push(slot + instruction.SlotCount);
            }
        }

        return Create(code, entryLength, maps ?? [], facts, reached, [.. starts]);
    }

    /// <summary>As above, with functions that are only called back given by their first slots.</summary>
    public static VerifiedProgram CreateWithFunctions(IReadOnlyList<Instruction> code, params int[] starts) =>
        Create(code, 0, [], null, [.. Enumerable.Repeat(true, code.Count)], starts);

    private static VerifiedProgram Create(
        IReadOnlyList<Instruction> code,
        int entryLength,
        MapDescription[] maps,
        Func<int, InstructionFacts, InstructionFacts>? facts,
        bool[] reached,
        int[] starts)
    {
        ImmutableArray<Instruction> instructions = [.. code];
        VerificationRequest request = new() { Type = new PlainMemoryType(entryLength), Instructions = instructions, Name = "test" };
        facts ??= static (_, fact) => fact;
        return new VerifiedProgram(request)
        {
            Lowered = instructions,
            Facts = [.. reached.Select((r, i) => facts(i, new() { IsReachable = r, MapIndex = -1, Subprogram = -1 }))],
            Subprograms = [.. starts.Select((start, i) =>
                new Subprogram(start, (i + 1 < starts.Length ? starts[i + 1] : code.Count) - start, "f" + i, false, 512))],
            Maps = [.. maps],
        };
    }
}
