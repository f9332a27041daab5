using Holdfast.Isa.Instructions;
using Holdfast.Verifier;

namespace Holdfast.Execution.Jit;

/// <summary>One function of a program as blocks, with what registers hold and need at each.</summary>
internal sealed class FunctionGraph
{
    private const int LongestBlock = 250;

    private readonly VerifiedProgram _program;
    private readonly BasicBlock?[] _byStart;

    // What each instruction does; calls refined to what their callee takes.
    private readonly RegisterEffects[] _effects;
    private readonly int _first;

    public FunctionGraph(VerifiedProgram program, int index)
    {
        _program = program;
        Index = index;
        Subprogram = program.Subprograms[index];
        _first = Subprogram.Start;
        _effects = new RegisterEffects[Subprogram.Length];
        _byStart = new BasicBlock?[Subprogram.Length];
        FindBlocks();
        for (int slot = _first; slot < _first + Subprogram.Length; slot++)
        {
            _effects[slot - _first] = RegisterEffects.Of(program.Lowered[slot]);
        }
    }

    /// <summary>Position in the program's subprograms.</summary>
    public int Index { get; }

    /// <summary>The function.</summary>
    public Subprogram Subprogram { get; }

    /// <summary>Reachable blocks, in order of slots; the first is the entry.</summary>
    public List<BasicBlock> Blocks { get; } = [];

    /// <summary>The arguments (of r1 to r5) that the function takes; known once <see cref="FindLiveness"/> has run.</summary>
    public RegisterSet Parameters => Blocks[0].LiveIn & RegisterSet.Arguments;

    /// <summary>Whether it is the program's entry.</summary>
    public bool IsMain => Index == 0;

    /// <summary>What an instruction does.</summary>
    /// <param name="slot">Its slot.</param>
    /// <returns>Its effects.</returns>
    public RegisterEffects Effects(int slot) => _effects[slot - _first];

    /// <summary>The block that starts at a slot.</summary>
    /// <param name="slot">The slot.</param>
    /// <returns>The block, or <see langword="null"/> if the slot is unreachable.</returns>
    public BasicBlock? BlockAt(int slot) => (uint)(slot - _first) < (uint)_byStart.Length ? _byStart[slot - _first] : null;

    /// <summary>First slots of the functions that this one calls.</summary>
    /// <returns>Each call's slot and callee.</returns>
    public IEnumerable<(int Slot, int Callee)> LocalCalls()
    {
        foreach (BasicBlock block in Blocks)
        {
            for (int slot = block.Start; slot < block.End; slot += _program.Lowered[slot].SlotCount)
            {
                if (_program.Lowered[slot].IsLocalCall)
                {
                    yield return (slot, _program.Lowered[slot].JumpTarget(slot)!.Value);
                }
            }
        }
    }

    /// <summary>Finds what registers may hold something where, so that calls don't pass what holds nothing.</summary>
    /// <param name="entry">What they hold at entry.</param>
    public void FindInitialized(RegisterSet entry)
    {
        Blocks[0].Initialized = entry;
        for (bool changed = true; changed;)
        {
            changed = false;
            foreach (BasicBlock block in Blocks)
            {
                RegisterSet state = block.Initialized;
                for (int slot = block.Start; slot < block.End; slot += _program.Lowered[slot].SlotCount)
                {
                    state = After(state, slot);
                }

                foreach (BasicBlock next in block.Successors)
                {
                    changed |= (state - next.Initialized) != RegisterSet.None;
                    next.Initialized |= state;
                }
            }
        }

        RefineCalls();
    }

    /// <summary>Takes from a call the arguments that its callee doesn't want.</summary>
    /// <param name="slot">The call.</param>
    /// <param name="taken">What the callee takes.</param>
    public void SetCallArguments(int slot, RegisterSet taken) =>
        _effects[slot - _first] = Effects(slot) with { Uses = taken };

    /// <summary>Finds what is needed where.</summary>
    public void FindLiveness()
    {
        for (bool changed = true; changed;)
        {
            changed = false;
            for (int i = Blocks.Count - 1; i >= 0; i--)
            {
                RegisterSet live = LiveAtStart(Blocks[i]);
                changed |= live != Blocks[i].LiveIn;
                Blocks[i].LiveIn = live;
            }
        }
    }

    private RegisterSet LiveAtStart(BasicBlock block)
    {
        RegisterSet live = default;
        foreach (BasicBlock next in block.Successors)
        {
            live |= next.LiveIn;
        }

        for (int slot = block.End - 1; slot >= block.Start; slot--)
        {
            if (IsSecondSlot(slot, block))
            {
                continue;
            }

            RegisterEffects effects = Effects(slot);
            live -= effects.Destroys;
            live -= effects.Definition >= 0 ? RegisterSet.Of(effects.Definition) : default;
            live |= effects.Uses;
        }

        return live;
    }

    private bool IsSecondSlot(int slot, BasicBlock block) => slot > block.Start && _program.Lowered[slot - 1].IsLoadImmediate64;

    private RegisterSet After(RegisterSet state, int slot)
    {
        RegisterEffects effects = Effects(slot);
        state -= effects.Destroys;
        return effects.Definition >= 0 ? state | RegisterSet.Of(effects.Definition) : state;
    }

    private void RefineCalls()
    {
        foreach (BasicBlock block in Blocks)
        {
            RegisterSet state = block.Initialized;
            for (int slot = block.Start; slot < block.End; slot += _program.Lowered[slot].SlotCount)
            {
                if (_program.Lowered[slot].IsCall)
                {
                    SetCallArguments(slot, Effects(slot).Uses & state);
                }

                state = After(state, slot);
            }
        }
    }

    private void FindBlocks()
    {
        int end = _first + Subprogram.Length;

        // Plain arrays here and in the emitter: each generic type over our own or the runtime's structs would be compiled at first use.
        bool[] starts = new bool[Subprogram.Length + 1];
        starts[0] = true;
        for (int slot = _first; slot < end; slot += _program.Lowered[slot].SlotCount)
        {
            Instruction instruction = _program.Lowered[slot];
            if (_program.Facts[slot].IsReachable && EndsBlock(instruction))
            {
                starts[slot + 1 - _first] = true;
                if (!instruction.IsCall && instruction.JumpTarget(slot) is int target)
                {
                    starts[target - _first] = true;
                }
            }
        }

        SplitLongRuns(starts, end);
        for (int start = _first; start < end; start++)
        {
            if (starts[start - _first] && _program.Facts[start].IsReachable)
            {
                BasicBlock block = new(start) { Index = Blocks.Count };
                Blocks.Add(block);
                _byStart[start - _first] = block;
            }
        }

        foreach (BasicBlock block in Blocks)
        {
            FindEnd(block, end);
        }

        foreach (BasicBlock block in Blocks)
        {
            foreach (BasicBlock next in block.Successors)
            {
                next.Predecessors.Add(block);
            }
        }
    }

    /// <summary>Bounds the blocks of big functions, so that they can be cut into regions.</summary>
    private void SplitLongRuns(bool[] starts, int end)
    {
        if (Subprogram.Length < 2 * LongestBlock)
        {
            return;
        }

        int last = _first;
        for (int slot = _first; slot < end; slot += _program.Lowered[slot].SlotCount)
        {
            last = starts[slot - _first] ? slot : last;
            if (slot - last >= LongestBlock)
            {
                starts[slot - _first] = true;
                last = slot;
            }
        }
    }

    private void FindEnd(BasicBlock block, int end)
    {
        int slot = block.Start;
        while (true)
        {
            Instruction instruction = _program.Lowered[slot];
            int next = slot + instruction.SlotCount;
            if (EndsBlock(instruction) || next >= end || BlockAt(next) != null)
            {
                block.End = next;
                AddSuccessors(block, instruction, slot, next);
                return;
            }

            slot = next;
        }
    }

    private void AddSuccessors(BasicBlock block, Instruction last, int slot, int next)
    {
        if (!last.IsCall && last.JumpTarget(slot) is int target && BlockAt(target) is { } taken)
        {
            block.Successors.Add(taken);
        }

        if (!last.IsExit && !last.IsUnconditionalJump && BlockAt(next) is { } following && !block.Successors.Contains(following))
        {
            block.Successors.Add(following);
        }
    }

    private static bool EndsBlock(Instruction instruction) =>
        instruction.IsExit || instruction.IsUnconditionalJump || instruction.IsConditionalJump;
}
