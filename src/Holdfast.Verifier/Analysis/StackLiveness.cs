using System.Collections.Immutable;
using Holdfast.Isa.Instructions;

namespace Holdfast.Verifier.Analysis;

/// <summary>
/// Which stack slots of a frame may still be read, from the reads that walked paths did. Asked only about states whose every path is
/// walked: then all reads that can follow are noted (at the instruction of the frame's own function, for a callee at the call), and what
/// no path over the function's graph reads can't matter. A slot that is overwritten whole through r10 first isn't read.
/// </summary>
internal sealed class StackLiveness(ImmutableArray<Instruction> code, ProgramStructure structure)
{
    private readonly ulong[] _reads = new ulong[code.Length];
    private readonly ulong[] _live = new ulong[code.Length];
    private readonly bool[] _stale = new bool[structure.Starts.Length];

    public void Read(int instruction, int slot)
    {
        ulong bit = 1UL << slot;
        if ((_reads[instruction] & bit) == 0)
        {
            _reads[instruction] |= bit;
            _stale[structure.FunctionOf(instruction)] = true;
        }
    }

    /// <summary>The slots that may be read from an instruction on.</summary>
    public ulong LiveAt(int instruction)
    {
        int function = structure.FunctionOf(instruction);
        if (_stale[function])
        {
            _stale[function] = false;
            Solve(structure.Starts[function], structure.EndOf(function));
        }

        return _live[instruction];
    }

    private void Solve(int start, int end)
    {
        bool changed = true;
        while (changed)
        {
            changed = false;
            for (int i = end - 1; i >= start; i--)
            {
                ulong live = Before(i, end);
                changed |= live != _live[i];
                _live[i] = live;
            }
        }
    }

    private ulong Before(int i, int end)
    {
        Instruction instruction = code[i];
        ulong after = 0;
        int next = i + instruction.SlotCount;
        if (!instruction.IsExit && !instruction.IsUnconditionalJump && next < end)
        {
            after = _live[next];
        }

        if (!instruction.IsLocalCall && instruction.JumpTarget(i) is int target)
        {
            after |= _live[target];
        }

        bool overwrites = instruction.Class is InstructionClass.St or InstructionClass.Stx && !instruction.IsAtomic
            && instruction is { Destination: 10, Offset: >= -512 and <= -8 } && (instruction.Offset & 7) == 0 && instruction.AccessBytes == 8;
        return (overwrites ? after & ~(1UL << ((-instruction.Offset / 8) - 1)) : after) | _reads[i];
    }
}
