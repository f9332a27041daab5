using Holdfast.Btf;
using Holdfast.Isa.Abi;
using Holdfast.Verifier.Prototypes;

namespace Holdfast.Verifier.Analysis;

/// <content>
/// Dynptrs: sixteen bytes of stack that stand for memory whose bounds are checked when it is used (<c>process_dynptr_func</c>). What was cut out of one
/// (slices) is gone when the dynptr is.
/// </content>
internal sealed partial class Analyzer
{
    private const int DynptrSlots = 2;

    /// <summary>A dynptr that a call makes on the stack.</summary>
    private void NewDynptr(int register, DynptrKind kind, bool readOnly, int cloneOf = 0)
    {
        RegisterState pointer = Register(register);
        if (pointer.Type != RegisterType.Stack)
        {
            Reject(Errno.EINVAL, pointer.Type == RegisterType.Dynptr
                ? (FormattableString)$"Dynptr has to be an uninitialized dynptr"
                : $"arg#{register - 1} expected pointer to stack or const struct bpf_dynptr");
        }

        int first = StackObjectSlot(pointer, register, DynptrSlots, "dynptr");
        for (int i = 0; i < DynptrSlots; i++)
        {
            CheckAccess(register, i * 8, 8, write: true, -1, signed: false);
        }

        FunctionState frame = _state.Frames[pointer.Extent];
        int reference = cloneOf;
        if (kind == DynptrKind.RingBuf && reference == 0)
        {
            reference = NewId();
            _state.References.Add(new Reference(ReferenceKind.Pointer, reference, _index));
        }

        int id = NewId();
        for (int i = 0; i < DynptrSlots; i++)
        {
            RegisterState part = RegisterState.Pointer(RegisterType.Dynptr, readOnly ? TypeFlags.ReadOnly : TypeFlags.None);
            part.Extent = (int)kind;
            part.Id = id;
            part.ReferenceId = reference;
            part.MapInstance = i == 0 ? 1 : 0;
            frame.Stack[first - i].Fill(SlotKind.Dynptr);
            frame.Stack[first - i].Spilled = new(part);
        }
    }

    /// <summary>The dynptr that an argument points to; refused if it isn't one, whole and initialised.</summary>
    private RegisterState CheckDynptr(int register, bool mutates, out int frameNumber, out int first)
    {
        RegisterState pointer = Register(register);
        frameNumber = pointer.Extent;
        first = -1;
        if (pointer.Type == RegisterType.Dynptr)
        {
            if (mutates)
            {
                Reject(Errno.EINVAL, $"cannot pass pointer to const bpf_dynptr, the helper mutates it");
            }

            return pointer;
        }

        if (pointer.Type != RegisterType.Stack)
        {
            Reject(Errno.EINVAL, $"arg#{register - 1} expected pointer to stack or const struct bpf_dynptr");
        }

        first = StackObjectSlot(pointer, register, DynptrSlots, "dynptr");
        FunctionState frame = _state.Frames[pointer.Extent];
        bool whole = first < frame.Stack.Length && frame.Stack[first].IsAll(SlotKind.Dynptr) && frame.Stack[first - 1].IsAll(SlotKind.Dynptr)
            && frame.Stack[first].Spilled!.State.MapInstance == 1 && frame.Stack[first - 1].Spilled!.State.MapInstance == 0
            && frame.Stack[first].Spilled!.State.Id == frame.Stack[first - 1].Spilled!.State.Id;
        if (!whole)
        {
            Reject(Errno.EINVAL, $"Expected an initialized dynptr as arg #{register - 1}");
        }

        NoteRead(frame, first);
        NoteRead(frame, first - 1);
        return frame.Stack[first].Spilled!.State;
    }

    /// <summary>Ends a dynptr that is written over, and what was cut out of it.</summary>
    private void DestroyDynptr(FunctionState frame, int slot)
    {
        if (!HasKind(frame.Stack[slot], SlotKind.Dynptr))
        {
            return;
        }

        RegisterState part = frame.Stack[slot].Spilled!.State;
        if (part.ReferenceId != 0)
        {
            Reject(Errno.EINVAL, $"cannot overwrite referenced dynptr");
        }

        int first = part.MapInstance == 1 ? slot : slot + 1;
        for (int i = 0; i < DynptrSlots; i++)
        {
            frame.Stack[first - i] = default;
        }

        ForgetSlices(part.Id);
    }

    /// <summary>A helper's dynptr argument.</summary>
    private void UseDynptr(HelperCallInfo call, HelperArgument argument, int register, in RegisterState value)
    {
        _ = value;
        bool isRingBuf = (argument.Flags & ArgumentFlags.DynptrRingBuf) != 0;
        if ((argument.Flags & ArgumentFlags.Uninitialized) != 0)
        {
            if (call.Id == HelperId.DynptrFromMem && Register(1).Type != RegisterType.MapValue)
            {
                Reject(Errno.EACCES, $"Unsupported reg type {Register(1).TypeName} for bpf_dynptr_from_mem data");
            }

            NewDynptr(register, isRingBuf ? DynptrKind.RingBuf : DynptrKind.Local, readOnly: false);
            return;
        }

        RegisterState dynptr = CheckDynptr(register, mutates: (argument.Flags & ArgumentFlags.ReadOnly) == 0, out _, out _);
        if (isRingBuf && dynptr.Extent != (int)DynptrKind.RingBuf)
        {
            Reject(Errno.EINVAL, $"Expected a dynptr of type ringbuf as arg #{register - 1}");
        }

        call.DynptrId = dynptr.Id;
        call.MovesPacket |= call.Id == HelperId.DynptrWrite && (DynptrKind)dynptr.Extent is DynptrKind.Skb or DynptrKind.SkbMeta && call.Id == HelperId.DynptrWrite;
        if (call.Id == HelperId.DynptrData)
        {
            call.ReferenceId = dynptr.ReferenceId;
        }
    }

    /// <summary>Releases a dynptr over a ring buffer record, with all its clones.</summary>
    private void ReleaseDynptr(HelperCallInfo call)
    {
        int register = call.ReleasedRegister;
        RegisterState dynptr = CheckDynptr(register, mutates: true, out _, out int first);
        if (first < 0 || dynptr.ReferenceId == 0)
        {
            Reject(Errno.EINVAL, $"arg {register} is an unacquired reference");
        }

        ReleaseReference(dynptr.ReferenceId);
        foreach (FunctionState frame in _state.Frames)
        {
            foreach (ref StackSlot slot in frame.Stack.AsSpan())
            {
                if (slot.IsAll(SlotKind.Dynptr) && slot.Spilled!.State.ReferenceId == dynptr.ReferenceId)
                {
                    int id = slot.Spilled.State.Id;
                    slot = default;
                    ForgetSlices(id);
                }
            }
        }
    }

    private void ForgetSlices(int dynptr) =>
        ForEachRegister(_state, (ref RegisterState value) =>
        {
            if (value.Type != RegisterType.Memory || value.MapInstance != dynptr)
            {
                return false;
            }

            value = Privileged ? RegisterState.Unknown : default;
            return true;
        });

    private void CheckKfuncDynptr(KfuncCall call, int register, in BtfParameter parameter)
    {
        if (HasEnding(parameter, "__uninit"))
        {
            switch (call.Name)
            {
                case "bpf_dynptr_from_skb":
                    NewDynptr(register, DynptrKind.Skb, readOnly: _request.Type.PacketAccess < PacketAccess.ReadWrite);
                    return;
                case "bpf_dynptr_from_skb_meta":
                    NewDynptr(register, DynptrKind.SkbMeta, readOnly: _request.Type.PacketAccess < PacketAccess.ReadWrite);
                    return;
                case "bpf_dynptr_from_xdp":
                    NewDynptr(register, DynptrKind.Xdp, readOnly: false);
                    return;
                case "bpf_dynptr_clone":
                    NewDynptr(register, call.DynptrKind, call.DynptrIsReadOnly, call.DynptrReference);
                    return;
                default:
                    Reject(Errno.EFAULT, $"{call.Name} makes a dynptr of an unknown kind");
                    return;
            }
        }

        bool isConst = call.Types.Resolve(parameter.TypeId) is BtfPointer pointer && call.Types[pointer.TypeId] is BtfConst;
        RegisterState dynptr = CheckDynptr(register, mutates: !isConst, out _, out _);
        if (call.DynptrId == 0)
        {
            call.DynptrId = dynptr.Id;
            call.DynptrReference = dynptr.ReferenceId;
            call.DynptrKind = (DynptrKind)dynptr.Extent;
            call.DynptrIsReadOnly = (dynptr.Flags & TypeFlags.ReadOnly) != 0;
        }
    }

    /// <summary>What <c>bpf_dynptr_slice</c> gives: so many bytes, as long as the dynptr lives.</summary>
    private static RegisterState SliceOf(KfuncCall call)
    {
        if (!call.HasConstant)
        {
            Reject(Errno.EINVAL, $"bpf_dynptr_slice needs a constant size");
        }

        bool readOnly = call.Name == "bpf_dynptr_slice";
        if (!readOnly && call.DynptrIsReadOnly)
        {
            Reject(Errno.EINVAL, $"the prog does not allow writes to packet data");
        }

        RegisterState slice = RegisterState.Pointer(RegisterType.Memory, readOnly ? TypeFlags.ReadOnly : TypeFlags.None);
        if (call.DynptrKind is DynptrKind.Skb or DynptrKind.Xdp or DynptrKind.SkbMeta)
        {
            slice.Flags |= TypeFlags.PacketSlice;
        }

        slice.Extent = (int)Math.Min(call.Constant, int.MaxValue);
        slice.MapInstance = call.DynptrId;
        slice.ReferenceId = call.DynptrReference;
        return slice;
    }
}
