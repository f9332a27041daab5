using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;

namespace Holdfast.Verifier.Analysis;

/// <content>Keeping and comparing states (<c>is_state_visited</c>).</content>
internal sealed partial class Analyzer
{
    private const int LongestHistory = 40;

    private StateComparison? _comparison;

    private StateComparison Comparison => _comparison ??= new(_live, Privileged);

    private bool IsVisited()
    {
        VerifierState current = _state;
        bool forced = _structure.IsForcedCheckpoint[_index] || _request.Flags.HasFlag(ProgramFlags.TestStateFrequency)
            || current.History.Count > LongestHistory;
        bool keep = forced || (_jumps - _lastKeptJumps >= 2 && _processed - _lastKeptProcessed >= 8);
        List<KeptState> kept = _kept[_index] ??= [];
        int count = 0;
        for (int i = kept.Count - 1; i >= 0; i--)
        {
            KeptState candidate = kept[i];
            count++;
            VerifierState old = candidate.State;
            if (old.Branches > 0)
            {
                if (LoopsBack(old, current))
                {
                    candidate.Hits++;
                    old.HasBackEdge = true;
                    _backEdges.Add((old, Copy(current)));
                    current.Branches = 1;
                    Drop(old);
                    return true;
                }

                if (!forced && _jumps - _lastKeptJumps < 20 && _processed - _lastKeptProcessed < 100)
                {
                    keep = false;
                }
            }
            else
            {
                Clean(old);
                if (Comparison.Covers(old, current, _isLoopish[_index] ? Exactness.Within : Exactness.Loose))
                {
                    candidate.Hits++;
                    Drop(old);
                    return true;
                }
            }

            if (keep)
            {
                candidate.Misses++;
            }

            int patience = _structure.IsForcedCheckpoint[_index] && old.Branches > 0 ? 64 : 3;
            if (candidate.Misses > (candidate.Hits * patience) + patience)
            {
                kept.RemoveAt(i);
                _peakStates = Math.Max(_peakStates, _totalStates);
            }
        }

        _statesPerInstruction = Math.Max(_statesPerInstruction, count);
        if (keep)
        {
            Keep(kept);
        }

        return false;
    }

    /// <summary>What the kept state needs precisely, this path needs too.</summary>
    private void Drop(VerifierState old)
    {
        if (_structure.IsJumpPoint[_index])
        {
            PushHistory();
        }

        _ = PropagatePrecision(old, _state);
    }

    private bool LoopsBack(VerifierState old, VerifierState current)
    {
        if (StepsIterator(_index))
        {
            return IteratorIsActive(current) && Comparison.Covers(old, current, Exactness.Within);
        }

        if (_code[_index].IsMayGoto)
        {
            if (old.MayGotoDepth != current.MayGotoDepth && Comparison.Covers(old, current, Exactness.Within))
            {
                return true;
            }
        }
        else if (_structure.CallsCallback[_index])
        {
            return Comparison.Covers(old, current, Exactness.Within);
        }

        if (old.Frames.Count == current.Frames.Count && old.MayGotoDepth == current.MayGotoDepth && MaybeLooping(old, current) && !IteratorDepthsDiffer(old, current)
            && Comparison.Covers(old, current, Exactness.Exact))
        {
            Reject(Errno.EINVAL, $"infinite loop detected at insn {_index}");
        }

        return false;
    }

    private static bool MaybeLooping(VerifierState old, VerifierState current)
    {
        for (int i = 0; i < old.Frames.Count; i++)
        {
            if (old.Frames[i].CallbackDepth != current.Frames[i].CallbackDepth)
            {
                return false;
            }
        }

        RegisterState[] before = old.Current.Registers;
        RegisterState[] after = current.Current.Registers;
        for (int i = 0; i < FunctionState.RegisterCount; i++)
        {
            if (before[i].Type != after[i].Type || !before[i].Range.Equals(after[i].Range))
            {
                return false;
            }
        }

        return true;
    }

    private void Keep(List<KeptState> kept)
    {
        _totalStates++;
        _peakStates = Math.Max(_peakStates, _totalStates);
        _lastKeptJumps = _jumps;
        _lastKeptProcessed = _processed;
        ForgetPrecision(_state);
        VerifierState copy = Copy(_state);
        _state.History.Clear();
        copy.Index = _index;
        kept.Add(new(copy));
        _state.Parent = copy;
        _state.FirstIndex = _index;
    }

    /// <summary>The marks that a state inherits are its parents' business; its own come from what follows it.</summary>
    private static void ForgetPrecision(VerifierState state)
    {
        foreach (FunctionState frame in state.Frames)
        {
            foreach (ref RegisterState register in frame.Registers.AsSpan())
            {
                register.Precise = false;
            }

            foreach (ref StackSlot slot in frame.Stack.AsSpan())
            {
                if (slot.Spilled is { State.Precise: true })
                {
                    slot.Spilled = WithPrecision(slot.Spilled, false);
                }
            }
        }
    }

    private static SpilledRegister WithPrecision(SpilledRegister spilled, bool precise)
    {
        RegisterState state = spilled.State;
        state.Precise = precise;
        return new(state);
    }

    /// <summary>Forgets what no path from a finished state reads (<c>clean_verifier_state</c>).</summary>
    private void Clean(VerifierState old)
    {
        if (old.IsCleaned)
        {
            return;
        }

        old.IsCleaned = true;

        // In a loop nothing that follows is surely known yet, in the callers' frames either: the way out of the loop may not have been walked.
        bool keepsStack = _isLoopish[old.Index];
        for (int i = 0; i < old.Frames.Count; i++)
        {
            FunctionState frame = old.Frames[i];
            int index = i + 1 < old.Frames.Count ? old.Frames[i + 1].CallSite : old.Index;
            for (int register = 0; register < FunctionState.RegisterCount - 1; register++)
            {
                if ((_live[index] & (1 << register)) == 0)
                {
                    frame.Registers[register] = default;
                }
            }

            if (keepsStack)
            {
                continue;
            }

            ulong alive = _stackLiveness.LiveAt(index);
            for (int slot = 0; slot < frame.Stack.Length; slot++)
            {
                if ((alive & (1UL << slot)) == 0 && frame.Stack[slot][7] is not (SlotKind.Dynptr or SlotKind.Iterator or SlotKind.Interrupt))
                {
                    frame.Stack[slot] = default;
                }
            }
        }
    }
}
