using Holdfast.Btf;
using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;
using Holdfast.Verifier.Domains;
using Holdfast.Verifier.Prototypes;

namespace Holdfast.Verifier.Analysis;

/// <content>
/// Iterators on the stack (<c>process_iter_arg</c>, <c>process_iter_next_call</c>). An iterator ends some time, which is the kernel function's promise, so a
/// loop over it needs no bound of its own: it is walked until its state at <c>next</c> is covered by one before.
/// </content>
internal sealed partial class Analyzer
{
    private const int IteratorActive = 0;
    private const int IteratorDrained = 1;

    private void CheckIteratorArgument(KfuncCall call, int register, uint type)
    {
        RegisterState pointer = Register(register);
        string name = "iter_" + call.Types.NameOf(type)["bpf_iter_".Length..];
        if (pointer.Type != RegisterType.Stack)
        {
            Reject(Errno.EINVAL, $"arg#{register - 1} expected pointer to an iterator on stack");
        }

        int slots = (SizeOfType(call.Types, type) ?? 8) / 8;
        int first = StackObjectSlot(pointer, register, slots, "iter");
        FunctionState frame = _state.Frames[pointer.Extent];
        if (call.Is(KfuncTraits.IteratorNew))
        {
            NewIterator(call, frame, first, slots, type, register, name);
            return;
        }

        if (first >= frame.Stack.Length || !IsIterator(frame, first, slots, type))
        {
            Reject(Errno.EINVAL, $"expected an initialized {name} as arg #{register - 1}");
        }

        RegisterState iterator = frame.Stack[first].Spilled!.State;
        if ((iterator.Flags & TypeFlags.Untrusted) != 0)
        {
            Reject(Errno.EPROTO, $"expected an RCU CS when using {call.Name}");
        }

        for (int i = 0; i < slots; i++)
        {
            NoteRead(frame, first - i);
        }

        call.IteratorFrame = pointer.Extent;
        call.IteratorSlot = first;
        call.Reference = iterator.ReferenceId;
        if (call.Is(KfuncTraits.IteratorDestroy))
        {
            ReleaseReference(iterator.ReferenceId);
            for (int i = 0; i < slots; i++)
            {
                frame.Stack[first - i] = default;
            }
        }
    }

    private void NewIterator(KfuncCall call, FunctionState frame, int first, int slots, uint type, int register, string name)
    {
        for (int i = 0; i < slots; i++)
        {
            if (first - i < frame.Stack.Length && HasKind(frame.Stack[first - i], SlotKind.Iterator))
            {
                Reject(Errno.EINVAL, $"expected uninitialized {name} as arg #{register - 1}");
            }
        }

        for (int i = 0; i < slots; i++)
        {
            CheckAccess(register, i * 8, 8, write: true, -1, signed: false);
        }

        int id = NewId();
        _state.References.Add(new Reference(ReferenceKind.Pointer, id, _index));
        for (int i = 0; i < slots; i++)
        {
            RegisterState part = RegisterState.Pointer(RegisterType.Iterator);
            if (call.Is(KfuncTraits.RcuProtected))
            {
                part.Flags = InRcuSection ? TypeFlags.Rcu : TypeFlags.Untrusted;
            }

            part.Types = call.Types;
            part.BtfId = type;
            part.Extent = IteratorActive;
            part.ReferenceId = i == 0 ? id : 0;
            frame.Stack[first - i].Fill(SlotKind.Iterator);
            frame.Stack[first - i].Spilled = new(part);
        }

        call.Reference = 0;
    }

    private static bool IsIterator(FunctionState frame, int first, int slots, uint type)
    {
        for (int i = 0; i < slots; i++)
        {
            StackSlot slot = frame.Stack[first - i];
            if (!slot.IsAll(SlotKind.Iterator) || slot.Spilled!.State.BtfId != type || (slot.Spilled.State.ReferenceId != 0) != (i == 0))
            {
                return false;
            }
        }

        return true;
    }

    private static bool HasKind(in StackSlot slot, SlotKind kind)
    {
        for (int i = 0; i < 8; i++)
        {
            if (slot[i] == kind)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// The slot of the lowest bytes of an object on the stack: slots count downwards from the top of the frame, so the object's further parts are in the slots
    /// with lower numbers.
    /// </summary>
    private static int StackObjectSlot(in RegisterState pointer, int register, int slots, string what)
    {
        if (!pointer.Range.IsConst)
        {
            Reject(Errno.EINVAL, $"{what} has to be at a constant offset");
        }

        long at = pointer.Offset + (long)pointer.Range.ConstValue;
        if (at % 8 != 0)
        {
            Reject(Errno.EINVAL, $"cannot pass in {what} at an offset={at}");
        }

        long slot = (-at / 8) - 1;
        if (at >= 0 || at < -FunctionState.MaximumStack || slot + 1 < slots)
        {
            Reject(Errno.EINVAL, $"cannot pass in {what} at an offset={at} (R{register})");
        }

        return (int)slot;
    }

    /// <summary>
    /// Two ways on: the iterator gave an element (walked later), or it is drained (walked now). Numbers that changed since the last time around and that
    /// nothing depends on are widened on the first way, so that the loop's states converge.
    /// </summary>
    private void StepIterator(KfuncCall call)
    {
        StackSlot iterator = _state.Frames[call.IteratorFrame].Stack[call.IteratorSlot];
        if (iterator.Spilled!.State.Extent == IteratorDrained)
        {
            Register(0) = RegisterState.Constant(0);
            return;
        }

        SetKfuncResult(call);
        VerifierState again = PushPath(_index + 1);
        RegisterState active = iterator.Spilled.State;
        active.MapInstance++;
        again.Frames[call.IteratorFrame].Stack[call.IteratorSlot].Spilled = new(active);
        ref RegisterState element = ref again.Current.Registers[0];
        element.Flags &= ~TypeFlags.MaybeNull;
        element.Id = 0;
        element.ReferenceId = iterator.Spilled.State.ReferenceId;
        if (EarlierVisit() is { } earlier)
        {
            Widen(earlier, again);
        }

        RegisterState drained = iterator.Spilled.State;
        drained.Extent = IteratorDrained;
        _state.Frames[call.IteratorFrame].Stack[call.IteratorSlot].Spilled = new(drained);
        Register(0) = RegisterState.Constant(0);
    }

    /// <summary>The last kept state of this path at this very call.</summary>
    private VerifierState? EarlierVisit()
    {
        VerifierState? earlier = _state.Parent;
        while (earlier is not null && !(earlier.Index == _index && SameCalls(earlier, _state)))
        {
            earlier = earlier.Parent;
        }

        return earlier;
    }

    /// <summary>Whether a call steps an iterator: there a loop may close although nothing but the iterator has changed.</summary>
    private bool StepsIterator(int index) =>
        _code[index].IsKfuncCall && _request.KernelBtf is { } types && types.TryGetType((uint)_code[index].Immediate, out BtfType? type)
        && KfuncTable.Find(type.Name) is { } kfunc && kfunc.Is(KfuncTraits.IteratorNext);

    /// <summary>Whether the iterator that the call steps still gives elements.</summary>
    private static bool IteratorIsActive(VerifierState state)
    {
        RegisterState pointer = state.Current.Registers[1];
        if (pointer.Type != RegisterType.Stack || !pointer.Range.IsConst)
        {
            return false;
        }

        long slot = (-(pointer.Offset + (long)pointer.Range.ConstValue) / 8) - 1;
        FunctionState frame = state.Frames[pointer.Extent];
        return slot >= 0 && slot < frame.Stack.Length && frame.Stack[slot].IsAll(SlotKind.Iterator)
            && frame.Stack[slot].Spilled!.State.Extent == IteratorActive;
    }

    /// <summary>Whether any iterator has been stepped more often: then the path goes on, however alike the states are.</summary>
    private static bool IteratorDepthsDiffer(VerifierState old, VerifierState current)
    {
        for (int i = 0; i < old.Frames.Count; i++)
        {
            StackSlot[] before = old.Frames[i].Stack;
            StackSlot[] after = current.Frames[i].Stack;
            for (int slot = 0; slot < Math.Min(before.Length, after.Length); slot++)
            {
                if (before[slot][0] == SlotKind.Iterator && after[slot][0] == SlotKind.Iterator
                    && before[slot].Spilled!.State.MapInstance != after[slot].Spilled!.State.MapInstance)
                {
                    return true;
                }
            }
        }

        return false;
    }
}
