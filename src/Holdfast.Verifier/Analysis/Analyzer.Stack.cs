using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;
using Holdfast.Verifier.Domains;

namespace Holdfast.Verifier.Analysis;

/// <content>The stack (<c>check_stack_read</c>, <c>check_stack_write</c>).</content>
internal sealed partial class Analyzer
{
    private void CheckStackAccess(
        in RegisterState pointer, int register, int offset, int size, bool write, int value, bool signed, bool isAtomic)
    {
        CheckStackBounds(pointer, register, offset, size, write ? StackUse.Write : StackUse.Read);
        FunctionState frame = _state.Frames[pointer.Extent];
        bool variable = !pointer.Range.IsConst;
        long at = (long)offset + pointer.Offset + (variable ? 0 : pointer.Range.SignedMin);
        if (write)
        {
            if (variable)
            {
                WriteVariable(frame, pointer, at, size, value, isAtomic);
            }
            else
            {
                WriteFixed(frame, (int)at, size, value, isAtomic);
            }

            return;
        }

        if (variable)
        {
            if (value < 0)
            {
                Reject(Errno.EACCES, $"variable offset stack pointer cannot be passed into helper function; var_off={pointer.VarOff} off={pointer.Offset + offset} size={size}");
            }

            ReadVariable(frame, pointer, register, at, size, value, signed);
        }
        else
        {
            ReadFixed(frame, (int)at, size, value, signed);
        }
    }

    private enum StackUse
    {
        Read,
        Write,
    }

    /// <summary>Both ends of the range must lie in the frame (<c>check_stack_access_within_bounds</c>).</summary>
    private void CheckStackBounds(in RegisterState pointer, int register, int offset, long size, StackUse use)
    {
        string what = use == StackUse.Write ? "write to stack" : "read from stack";
        long fixedOffset = (long)pointer.Offset + offset;
        long least = fixedOffset;
        long most = fixedOffset;
        if (pointer.Range.IsConst)
        {
            least += pointer.Range.SignedMin;
            most = least + size;
        }
        else
        {
            if (pointer.Range.SignedMax >= MaximumOffset || pointer.Range.SignedMin <= -MaximumOffset)
            {
                Reject(Errno.EACCES, $"invalid unbounded variable-offset {what} R{register}");
            }

            least += pointer.Range.SignedMin;
            most += pointer.Range.SignedMax + size;
        }

        bool starts = least is >= -FunctionState.MaximumStack and < 0;
        if (!starts || most > 0 || size < 0)
        {
            Reject(starts ? Errno.EINVAL : Errno.EACCES, pointer.Range.IsConst
                ? (FormattableString)$"invalid {what} R{register} off={least} size={size}"
                : $"invalid variable-offset {what} R{register} var_off={pointer.VarOff} off={fixedOffset} size={size}");
        }

        FunctionState frame = _state.Frames[pointer.Extent];
        int depth = (int)-least;
        frame.GrowStack(depth);
        StackDepths[frame.Subprogram] = Math.Max(StackDepths[frame.Subprogram], depth);
    }

    private void NoteRead(FunctionState frame, int slot)
    {
        // Counted at the frame's own instruction: for a caller's frame, at its call.
        int instruction = frame.Frame == _state.CurrentFrame ? _index : _state.Frames[frame.Frame + 1].CallSite;
        _stackLiveness.Read(instruction, slot);
    }

    private void WriteFixed(FunctionState frame, int at, int size, int value, bool isAtomic)
    {
        int first = -at - 1;
        int slot = first / 8;
        ref StackSlot target = ref frame.Stack[slot];
        RegisterState stored = value >= 0 ? Register(value)
            : isAtomic ? RegisterState.Unknown
            : RegisterState.Constant((ulong)_code[_index].Immediate);
        if (!Privileged && target.IsSpilled && !target.IsSpilledScalar && size != 8)
        {
            Reject(Errno.EACCES, $"attempt to corrupt spilled pointer on stack");
        }

        ForgetObjects(frame, slot, first, size);
        bool isSpill = stored.IsScalar && !isAtomic && (value >= 0 || Privileged) && first % 8 == 7 && size <= 8;
        PushHistory(slot, frame.Frame);
        if (isSpill && Privileged && (first & 7) == 7)
        {
            if (value >= 0)
            {
                ref RegisterState source = ref Register(value);
                bool fits = size == 8 || source.Range.UnsignedMax < 1UL << (size * 8);
                if (fits)
                {
                    AssignId(ref source);
                }

                stored = source;
                if (!fits)
                {
                    stored.Id = 0;
                    stored.IsLinkedPlusConstant = false;
                    stored.Offset = 0;
                }
            }

            Spill(ref target, stored, size);
            return;
        }

        if (!stored.IsScalar)
        {
            if (size != 8)
            {
                Reject(Errno.EACCES, $"invalid size of register spill");
            }

            if (frame.Frame != _state.CurrentFrame && stored.Type == RegisterType.Stack)
            {
                Reject(Errno.EINVAL, $"cannot spill pointers to stack into stack frame of the caller");
            }

            if ((first & 7) != 7)
            {
                Reject(Errno.EACCES, $"misaligned stack access off {at} size {size}");
            }

            Spill(ref target, stored, 8);
            return;
        }

        ScrubSpill(ref target);
        SlotKind kind = SlotKind.Misc;
        if (!isAtomic && stored.IsNull)
        {
            // The zero is kept byte by byte, so the number that gave it counts.
            if (value >= 0)
            {
                MarkPrecise(value);
            }

            kind = SlotKind.Zero;
        }

        for (int i = 0; i < size; i++)
        {
            target.Set((first - i) & 7, kind);
        }
    }

    /// <summary>Partial writes end a spill: what else was in the slot is only some bytes then.</summary>
    private static void ScrubSpill(ref StackSlot slot)
    {
        if (slot.IsSpilled || slot[0] == SlotKind.Spill)
        {
            for (int i = 0; i < 8; i++)
            {
                if (slot[i] == SlotKind.Spill)
                {
                    slot.Set(i, SlotKind.Misc);
                }
            }
        }

        slot.Spilled = null;
    }

    private static void Spill(ref StackSlot slot, RegisterState stored, int size)
    {
        if (stored.IsScalar && size < 8)
        {
            stored.Range = stored.Range.Truncate(size);
        }

        slot.Spilled = new(stored);
        for (int i = 7; i > 7 - size; i--)
        {
            slot.Set(i, SlotKind.Spill);
        }

        for (int i = 7 - size; i >= 0; i--)
        {
            // The rest of the slot keeps its bytes, but not as part of an older spill.
            if (slot[i] is not (SlotKind.Invalid or SlotKind.Zero))
            {
                slot.Set(i, SlotKind.Misc);
            }
        }
    }

    /// <summary>A write over a dynptr or an iterator ends it.</summary>
    private void ForgetObjects(FunctionState frame, int slot, int first, int size)
    {
        _ = size;
        ref StackSlot target = ref frame.Stack[slot];
        for (int i = 0; i < 8; i++)
        {
            if (target[i] is SlotKind.Iterator or SlotKind.Interrupt)
            {
                Reject(Errno.EINVAL, $"cannot overwrite iterator at fp{-first - 1}");
            }

            if (target[i] == SlotKind.Dynptr)
            {
                DestroyDynptr(frame, slot);
                return;
            }
        }
    }

    private void WriteVariable(FunctionState frame, in RegisterState pointer, long at, int size, int value, bool isAtomic)
    {
        int least = (int)(at + pointer.Range.SignedMin);
        int most = (int)(at + pointer.Range.SignedMax) + size;
        if (!Privileged)
        {
            Reject(Errno.EACCES, $"R{_code[_index].Destination} variable stack access prohibited for !root, var_off={pointer.VarOff} off={at}");
        }

        RegisterState stored = value >= 0 ? Register(value) : RegisterState.Unknown;
        bool zero = !isAtomic && (value >= 0 ? stored.IsNull : _code[_index].Immediate == 0 && !_code[_index].IsAtomic);
        bool zeroUsed = false;
        for (int i = least; i < most; i++)
        {
            int position = -i - 1;
            ref StackSlot slot = ref frame.Stack[position / 8];
            ForgetObjects(frame, position / 8, position, 1);
            if (slot[position % 8] == SlotKind.Spill)
            {
                ScrubSpill(ref slot);
            }

            // Any byte of the range may be hit or missed: it is zero only if it was zero and what is written is.
            if (zero && slot[position % 8] == SlotKind.Zero)
            {
                zeroUsed = true;
                continue;
            }

            if (slot.IsSpilled)
            {
                ScrubSpill(ref slot);
            }

            slot.Set(position % 8, SlotKind.Misc);
        }

        if (zeroUsed && value >= 0)
        {
            MarkPrecise(value);
        }
    }

    private void ReadFixed(FunctionState frame, int at, int size, int value, bool signed)
    {
        int first = -at - 1;
        int slot = first / 8;
        ref StackSlot source = ref frame.Stack[slot];
        NoteRead(frame, slot);
        PushHistory(slot, frame.Frame);
        if (source.IsSpilled)
        {
            int spillSize = 0;
            while (spillSize < 8 && source[7 - spillSize] == SlotKind.Spill)
            {
                spillSize++;
            }

            ref readonly RegisterState spilled = ref source.Spilled!.State;
            if (size != 8 || spillSize != 8)
            {
                if (!spilled.IsScalar)
                {
                    Reject(Errno.EACCES, $"invalid size of register fill");
                }

                if (value < 0)
                {
                    CheckBytes(source, at, first, size);
                    return;
                }

                if (spilled.IsScalar && (first & 7) == 7 && size <= spillSize)
                {
                    RegisterState filled = spilled;
                    bool fits = size == 8 || spilled.Range.UnsignedMax < 1UL << (size * 8);
                    if (!fits || signed)
                    {
                        filled.Id = 0;
                        filled.IsLinkedPlusConstant = false;
                        filled.Offset = 0;
                    }

                    if (size < 8)
                    {
                        filled.Range = filled.Range.Truncate(size);
                        if (signed)
                        {
                            filled.Range = filled.Range.SignExtend(size);
                        }
                    }

                    filled.Precise = false;
                    Register(value) = filled;
                    return;
                }

                Register(value) = FromBytes(source, at, first, size, signed, _code[_index]);
                return;
            }

            if (value >= 0)
            {
                Register(value) = spilled;
                Register(value).Precise = false;
            }

            return;
        }

        if (value < 0)
        {
            CheckBytes(source, at, first, size);
            return;
        }

        Register(value) = FromBytes(source, at, first, size, signed, _code[_index]);
    }

    private void CheckBytes(in StackSlot slot, int at, int first, int size)
    {
        for (int i = 0; i < size; i++)
        {
            if (!IsReadable(slot[(first - i) & 7]))
            {
                RejectUninitialized(at, first, size, slot, i);
            }
        }
    }

    private bool IsReadable(SlotKind kind) => kind switch
    {
        SlotKind.Misc or SlotKind.Zero or SlotKind.Spill => true,
        SlotKind.Invalid => Privileged,
        _ => false,
    };

    private static void RejectUninitialized(int at, int first, int size, in StackSlot slot, int index = 0)
    {
        _ = (first, slot);
        Reject(Errno.EACCES, $"invalid read from stack off {at}+{index} size {size}");
    }

    private RegisterState FromBytes(in StackSlot slot, int at, int first, int size, bool signed, Instruction instruction)
    {
        _ = instruction;
        bool zeros = true;
        for (int i = 0; i < size; i++)
        {
            SlotKind kind = slot[(first - i) & 7];
            if (!IsReadable(kind))
            {
                RejectUninitialized(at, first, size, slot, i);
            }

            bool zeroSpill = kind == SlotKind.Spill && slot.Spilled!.State.IsNull;
            zeros &= kind == SlotKind.Zero || zeroSpill;
        }

        if (zeros)
        {
            return RegisterState.Constant(0);
        }

        RegisterState unknown = RegisterState.Unknown;
        return size < 8 ? Narrowed(unknown, size, signed) : unknown;
    }

    private void ReadVariable(FunctionState frame, in RegisterState pointer, int register, long at, int size, int value, bool signed)
    {
        if (!Privileged)
        {
            Reject(Errno.EACCES, $"R{register} variable stack access prohibited for !root, var_off={pointer.VarOff} off={at}");
        }

        int least = (int)(at + pointer.Range.SignedMin);
        int most = (int)(at + pointer.Range.SignedMax) + size;
        bool zeros = true;
        for (int i = least; i < most; i++)
        {
            int position = -i - 1;
            StackSlot slot = frame.Stack[position / 8];
            NoteRead(frame, position / 8);
            SlotKind kind = slot[position % 8];
            if (!IsReadable(kind))
            {
                Reject(Errno.EACCES, $"invalid read from stack R{register} var_off {pointer.VarOff}+{i - least} size {size}");
            }

            zeros &= kind == SlotKind.Zero;
        }

        RegisterState loaded = zeros ? RegisterState.Constant(0) : RegisterState.Unknown;
        Register(value) = size < 8 ? Narrowed(loaded, size, signed) : loaded;
    }

    /// <summary>
    /// Memory on the stack that a helper reads or fills (<c>check_stack_range_initialized</c>): what it reads must be initialised (for loaders with
    /// CAP_PERFMON any byte is), and what it may write is unknown afterwards.
    /// </summary>
    private void CheckStackRange(RegisterState pointer, int register, int offset, long size, bool zeroSizeAllowed, bool writes, bool filled)
    {
        if (size == 0 && !zeroSizeAllowed)
        {
            Reject(Errno.EACCES, $"invalid zero-sized read");
        }

        CheckStackBounds(pointer, register, offset, size, writes ? StackUse.Write : StackUse.Read);
        FunctionState frame = _state.Frames[pointer.Extent];
        long least = (long)offset + pointer.Offset + pointer.Range.SignedMin;
        long most = (long)offset + pointer.Offset + pointer.Range.SignedMax;
        if (!pointer.Range.IsConst && !Privileged)
        {
            Reject(Errno.EACCES, $"R{register} variable offset stack access prohibited for !root, var_off={pointer.VarOff}");
        }

        _ = filled;
        for (int i = (int)least; i < most + size; i++)
        {
            int position = -i - 1;
            ref StackSlot slot = ref frame.Stack[position / 8];
            SlotKind kind = slot[position % 8];
            NoteRead(frame, position / 8);
            bool readable = kind switch
            {
                SlotKind.Misc => true,
                SlotKind.Zero => true,
                SlotKind.Spill => slot.Spilled!.State.IsScalar || Privileged,
                SlotKind.Invalid => Privileged || filled,
                _ => false,
            };
            if (!readable)
            {
                if (kind is SlotKind.Dynptr && writes)
                {
                    Reject(Errno.EACCES, $"potential write to dynptr at off={i} disallowed");
                }

                Reject(Errno.EACCES, pointer.Range.IsConst
                    ? (FormattableString)$"invalid read from stack R{register} off {least}+{i - least} size {size}"
                    : $"invalid read from stack R{register} var_off {pointer.VarOff}+{i - least} size {size}");
            }

            if (writes)
            {
                if (kind == SlotKind.Spill)
                {
                    ScrubSpill(ref slot);
                }

                slot.Set(position % 8, SlotKind.Misc);
            }
        }
    }
}
