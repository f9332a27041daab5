using Holdfast.Isa.Instructions;

namespace Holdfast.Verifier.Analysis;

/// <content>
/// Precision: when an outcome depends on a number, the register and all that it was computed from are marked in the kept states on the way
/// (<c>mark_chain_precision</c>). Going back follows the history of this very path; where it can't be followed, all numbers of all states on the way are
/// marked, which is always safe.
/// </content>
internal sealed partial class Analyzer
{
    private const int ArgumentRegisters = 0x3e;

    private readonly Backtracker _back = new();

    private void MarkPrecise(int register)
    {
        _back.Reset(_state.CurrentFrame);
        _back.SetRegister(register);
        _ = GoBack(_state, _index);
    }

    /// <returns>Whether any mark is new.</returns>
    private bool GoBack(VerifierState starting, int from)
    {
        bool changed = false;
        VerifierState? state = starting;
        int last = from;
        int first = state.FirstIndex;
        int subsequent = -1;
        bool skip = true;
        while (state is not null)
        {
            if (last < 0)
            {
                // The entry of a function verified on its own: its arguments are unknown numbers.
                return changed;
            }

            int history = state.History.Count;
            for (int i = last; ;)
            {
                if (skip)
                {
                    skip = false;
                }
                else
                {
                    JumpRecord? record = history > 0 && state.History[history - 1].Index == i ? state.History[history - 1] : null;
                    if (!Backtrack(i, subsequent, record))
                    {
                        return MarkAllPrecise(starting) || changed;
                    }
                }

                if (_back.IsEmpty)
                {
                    return changed;
                }

                subsequent = i;
                if (!TryGetPrevious(state, first, ref history, ref i))
                {
                    break;
                }

                if (i < 0 || i >= _code.Length)
                {
                    return MarkAllPrecise(starting) || changed;
                }
            }

            state = state.Parent;
            if (state is null)
            {
                break;
            }

            changed |= MarkRequested(state);
            if (_back.IsEmpty)
            {
                return changed;
            }

            subsequent = first;
            last = state.LastIndex;
            first = state.FirstIndex;
        }

        return MarkAllPrecise(starting) || changed;
    }

    private static bool TryGetPrevious(VerifierState state, int first, ref int history, ref int index)
    {
        if (index == first && (history == 0 || (history == 1 && state.History[0].Index == index)))
        {
            return false;
        }

        if (history > 0 && state.History[history - 1].Index == index)
        {
            index = state.History[history - 1].Previous;
            history--;
        }
        else
        {
            index--;
        }

        return true;
    }

    /// <summary>Marks in a state what is asked for, and goes on only with what wasn't marked before.</summary>
    private bool MarkRequested(VerifierState state)
    {
        bool changed = false;
        for (int frame = Math.Min(_back.Frame, state.CurrentFrame); frame >= 0; frame--)
        {
            FunctionState function = state.Frames[frame];
            for (int register = 0; register < FunctionState.RegisterCount; register++)
            {
                if ((_back.RegistersOf(frame) & (1 << register)) == 0)
                {
                    continue;
                }

                ref RegisterState value = ref function.Registers[register];
                if (value.Type != RegisterType.Scalar || value.Precise)
                {
                    _back.ClearRegister(frame, register);
                }
                else
                {
                    value.Precise = true;
                    changed = true;
                }
            }

            for (int slot = 0; slot < 64; slot++)
            {
                if (!_back.HasSlot(frame, slot))
                {
                    continue;
                }

                if (slot >= function.Stack.Length || !function.Stack[slot].IsSpilledScalar || function.Stack[slot].Spilled!.State.Precise)
                {
                    _back.ClearSlot(frame, slot);
                }
                else
                {
                    function.Stack[slot].Spilled = WithPrecision(function.Stack[slot].Spilled!, true);
                    changed = true;
                }
            }
        }

        return changed;
    }

    /// <summary>The fallback: every number of the path's states counts.</summary>
    private static bool MarkAllPrecise(VerifierState starting)
    {
        bool changed = false;
        for (VerifierState? state = starting; state is not null; state = state.Parent)
        {
            foreach (FunctionState frame in state.Frames)
            {
                foreach (ref RegisterState register in frame.Registers.AsSpan())
                {
                    if (register is { Type: RegisterType.Scalar, Precise: false })
                    {
                        register.Precise = true;
                        changed = true;
                    }
                }

                foreach (ref StackSlot slot in frame.Stack.AsSpan())
                {
                    if (slot.IsSpilledScalar && !slot.Spilled!.State.Precise)
                    {
                        slot.Spilled = WithPrecision(slot.Spilled, true);
                        changed = true;
                    }
                }
            }
        }

        return changed;
    }

    /// <summary>Moves the requests over one instruction.</summary>
    /// <returns>False if it can't be followed.</returns>
    private bool Backtrack(int index, int subsequent, JumpRecord? record)
    {
        Instruction instruction = _code[index];
        if (instruction.Opcode == 0)
        {
            return true;
        }

        RequestLinked(record);
        switch (instruction.Class)
        {
            case InstructionClass.Alu or InstructionClass.Alu64:
                BacktrackArithmetic(instruction);
                break;
            case InstructionClass.Ldx:
                BacktrackLoad(instruction, record);
                break;
            case InstructionClass.Stx when instruction.IsAtomic && instruction.AtomicOperation == AtomicOperation.LoadAcquire:
                BacktrackLoad(instruction, record);
                break;
            case InstructionClass.St or InstructionClass.Stx:
                return BacktrackStore(instruction, record);
            case InstructionClass.Ld:
                if (!instruction.IsLoadImmediate64 && subsequent != index + 1)
                {
                    return BacktrackEarlyExit();
                }

                _back.ClearRegister(instruction.IsLoadImmediate64 ? instruction.Destination : 0);
                return instruction.IsLoadImmediate64 || (_back.Registers & ArgumentRegisters) == 0;
            default:
                return BacktrackJump(instruction, index, subsequent, record);
        }

        return true;
    }

    private void RequestLinked(JumpRecord? record)
    {
        if (record?.Linked is not { } places)
        {
            return;
        }

        bool any = false;
        foreach (LinkedPlace place in places)
        {
            any |= place.IsSlot ? _back.HasSlot(place.Frame, place.Number) : (_back.RegistersOf(place.Frame) & (1 << place.Number)) != 0;
        }

        if (!any)
        {
            return;
        }

        foreach (LinkedPlace place in places)
        {
            if (place.IsSlot)
            {
                _back.SetSlot(place.Frame, place.Number);
            }
            else
            {
                _back.SetRegister(place.Frame, place.Number);
            }
        }
    }

    private void BacktrackArithmetic(Instruction instruction)
    {
        int destination = instruction.Destination;
        if (!_back.HasRegister(destination) || instruction.AluOperation is AluOperation.End or AluOperation.Neg)
        {
            return;
        }

        if (instruction.AluOperation == AluOperation.Mov)
        {
            _back.ClearRegister(destination);
        }

        if (instruction.UsesSourceRegister && instruction.Source != 10)
        {
            _back.SetRegister(instruction.Source);
        }
    }

    private void BacktrackLoad(Instruction instruction, JumpRecord? record)
    {
        if (!_back.HasRegister(instruction.Destination))
        {
            return;
        }

        _back.ClearRegister(instruction.Destination);
        if (record is { StackSlot: >= 0 } access)
        {
            _back.SetSlot(access.StackFrame, access.StackSlot);
        }
    }

    private bool BacktrackStore(Instruction instruction, JumpRecord? record)
    {
        if (_back.HasRegister(instruction.Destination))
        {
            return false;
        }

        bool isStack = record is { StackSlot: >= 0 };
        if (isStack && _back.HasSlot(record!.Value.StackFrame, record.Value.StackSlot))
        {
            _back.ClearSlot(record.Value.StackFrame, record.Value.StackSlot);
            if (instruction.Class == InstructionClass.Stx && !instruction.IsAtomic)
            {
                _back.SetRegister(instruction.Source);
            }
        }

        // An atomic writes an unknown number (above); what it fetches was in the slot before.
        int fetched = !instruction.IsAtomic || (instruction.Immediate & 1) == 0 ? -1
            : instruction.AtomicOperation == AtomicOperation.CmpXchg ? 0 : instruction.Source;
        if (fetched >= 0 && _back.HasRegister(fetched))
        {
            _back.ClearRegister(fetched);
            if (isStack)
            {
                _back.SetSlot(record!.Value.StackFrame, record.Value.StackSlot);
            }
        }

        return true;
    }

    private bool BacktrackJump(Instruction instruction, int index, int subsequent, JumpRecord? record)
    {
        switch (instruction.JumpOperation)
        {
            case JumpOperation.Ja or JumpOperation.Jcond:
                return true;
            case JumpOperation.Exit:
                return BacktrackExit(subsequent);
            case JumpOperation.Call:
                return BacktrackCall(instruction, index, subsequent);
            default:
                break;
        }

        if (instruction.UsesSourceRegister && (_back.HasRegister(instruction.Destination) || _back.HasRegister(instruction.Source)))
        {
            if (record is not { SourceIsPointer: true })
            {
                _back.SetRegister(instruction.Source);
            }

            if (record is not { DestinationIsPointer: true })
            {
                _back.SetRegister(instruction.Destination);
            }
        }

        RequestLinked(record);
        return true;
    }

    private bool BacktrackCall(Instruction instruction, int index, int subsequent)
    {
        if (instruction.IsLocalCall)
        {
            if (subsequent == index + 1 && IsGlobal(_structure.FunctionAt(index + 1 + instruction.Immediate)))
            {
                _back.ClearRegister(0);
                return (_back.Registers & ArgumentRegisters) == 0;
            }

            if ((_back.Registers & ~ArgumentRegisters) != 0 || _back.Slots != 0)
            {
                return false;
            }

            int frame = _back.Frame;
            for (int register = 1; register <= 5; register++)
            {
                if (_back.HasRegister(register))
                {
                    _back.ClearRegister(register);
                    if (frame > 0)
                    {
                        _back.SetRegister(frame - 1, register);
                    }
                }
            }

            return _back.Leave();
        }

        if (_structure.CallsCallback[index] && index != subsequent - 1)
        {
            // Into the callback: what its arguments are is the helper's doing.
            if ((_back.Registers & ~ArgumentRegisters) != 0 || _back.Slots != 0)
            {
                return false;
            }

            for (int register = 1; register <= 5; register++)
            {
                _back.ClearRegister(register);
            }

            return _back.Leave();
        }

        if (instruction.IsHelperCall && instruction.Immediate == (int)Isa.Abi.HelperId.TailCall && subsequent != index + 1)
        {
            return BacktrackEarlyExit();
        }

        _back.ClearRegister(0);
        return (_back.Registers & ArgumentRegisters) == 0;
    }

    /// <summary>From the caller into a function that ended in the middle (<see cref="PushEarlyExit"/>).</summary>
    private bool BacktrackEarlyExit()
    {
        _back.ClearRegister(0);
        return (_back.Registers & ArgumentRegisters) == 0 && _back.Enter();
    }

    private bool BacktrackExit(int subsequent)
    {
        bool fromCallback = subsequent >= 0 && _structure.CallsCallback[subsequent];
        if (fromCallback)
        {
            for (int register = 1; register <= 5; register++)
            {
                _back.ClearRegister(register);
            }
        }

        if ((_back.Registers & ArgumentRegisters) != 0)
        {
            return false;
        }

        bool result = subsequent >= 1 && _code[subsequent - 1].IsLocalCall && _back.HasRegister(0);
        _back.ClearRegister(0);
        if (!_back.Enter())
        {
            return false;
        }

        if (result)
        {
            _back.SetRegister(0);
        }

        return true;
    }

    /// <summary>Marks in <paramref name="path"/> and its parents what <paramref name="old"/> needed.</summary>
    private bool PropagatePrecision(VerifierState old, VerifierState path)
    {
        _back.Reset(path.CurrentFrame);
        bool changed = false;
        for (int frame = 0; frame < old.Frames.Count && frame < path.Frames.Count; frame++)
        {
            FunctionState from = old.Frames[frame];
            FunctionState to = path.Frames[frame];
            for (int register = 0; register < FunctionState.RegisterCount; register++)
            {
                if (from.Registers[register] is { Type: RegisterType.Scalar, Precise: true } && to.Registers[register].Type == RegisterType.Scalar)
                {
                    _back.SetRegister(frame, register);
                    changed |= !to.Registers[register].Precise;
                    to.Registers[register].Precise = true;
                }
            }

            for (int slot = 0; slot < Math.Min(from.Stack.Length, to.Stack.Length); slot++)
            {
                if (from.Stack[slot].IsSpilledScalar && from.Stack[slot].Spilled!.State.Precise && to.Stack[slot].IsSpilledScalar)
                {
                    _back.SetSlot(frame, slot);
                    if (!to.Stack[slot].Spilled!.State.Precise)
                    {
                        changed = true;
                        to.Stack[slot].Spilled = WithPrecision(to.Stack[slot].Spilled!, true);
                    }
                }
            }
        }

        // The pruned instruction itself is not executed: start from the one before it.
        return !_back.IsEmpty && (GoBack(path, path.Index) | changed);
    }

    /// <summary>
    /// A path that loops back needs what the loop's head needs, and that grows while the head's other paths are walked: marks go around
    /// until nothing is new.
    /// </summary>
    private void PropagateBackEdges()
    {
        bool changed = true;
        while (changed)
        {
            changed = false;
            foreach ((VerifierState kept, VerifierState pruned) in _backEdges)
            {
                changed |= PropagatePrecision(kept, pruned);
            }
        }
    }
}
