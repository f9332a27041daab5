using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;
using Holdfast.Verifier.Domains;

namespace Holdfast.Verifier.Analysis;

/// <content>Jumps and what they teach (<c>check_cond_jmp_op</c>).</content>
internal sealed partial class Analyzer
{
    private const int AtPacketEnd = -1;
    private const int BeyondPacketEnd = -2;
    private const int MaximumPacketOffset = 0xffff;

    private readonly List<LinkedPlace> _linked = [];

    private bool ExecuteJump(Instruction instruction)
    {
        _jumps++;
        switch (instruction.JumpOperation)
        {
            case JumpOperation.Ja:
                _index = instruction.JumpTarget(_index)!.Value;
                return false;
            case JumpOperation.Call:
                return CheckCall(instruction);
            case JumpOperation.Exit:
                return CheckExit();
            case JumpOperation.Jcond:
                CheckMayGoto(instruction);
                return false;
            default:
                CheckConditionalJump(instruction);
                return false;
        }
    }

    private void CheckMayGoto(Instruction instruction)
    {
        // The jump is the loop's end; going on is a later path, compared with what came here before.
        VerifierState? earlier = _state.Parent?.Parent;
        while (earlier is not null && !(earlier.Index == _index && SameCalls(earlier, _state)))
        {
            earlier = earlier.Parent;
        }

        VerifierState next = PushPath(_index + 1);
        next.MayGotoDepth++;
        if (earlier is not null)
        {
            Widen(earlier, next);
        }

        _index += instruction.Offset + 1;
    }

    private static bool SameCalls(VerifierState a, VerifierState b)
    {
        if (a.Frames.Count != b.Frames.Count)
        {
            return false;
        }

        for (int i = 0; i < a.Frames.Count; i++)
        {
            if (a.Frames[i].CallSite != b.Frames[i].CallSite)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Numbers that differ from the last time around and that nothing depends on may be anything: so loops converge (<c>widen_imprecise_scalars</c>).</summary>
    private static void Widen(VerifierState old, VerifierState current)
    {
        for (int i = 0; i < old.Frames.Count; i++)
        {
            RegisterState[] before = old.Frames[i].Registers;
            RegisterState[] after = current.Frames[i].Registers;
            for (int register = 0; register < FunctionState.RegisterCount; register++)
            {
                if (Differs(before[register], after[register]))
                {
                    after[register] = RegisterState.Unknown;
                }
            }

            StackSlot[] stack = current.Frames[i].Stack;
            for (int slot = 0; slot < Math.Min(old.Frames[i].Stack.Length, stack.Length); slot++)
            {
                if (old.Frames[i].Stack[slot].IsSpilledScalar && stack[slot].IsSpilledScalar
                    && Differs(old.Frames[i].Stack[slot].Spilled!.State, stack[slot].Spilled!.State))
                {
                    stack[slot].Spilled = new(RegisterState.Unknown);
                }
            }
        }
    }

    private static bool Differs(in RegisterState before, in RegisterState after) =>
        before.IsScalar && after.IsScalar && !before.Precise && !after.Precise && !before.Range.Equals(after.Range);

    private void CheckConditionalJump(Instruction instruction)
    {
        int left = instruction.Destination;
        bool is32 = instruction.Class == InstructionClass.Jmp32;
        bool usesSource = instruction.UsesSourceRegister;
        if (usesSource)
        {
            CheckRead(instruction.Source);
            if (!(IsAnyPacket(Register(left)) && IsAnyPacket(Register(instruction.Source))))
            {
                CheckNoLeak(instruction.Source, "pointer comparison prohibited");
            }
        }

        CheckRead(left);
        RegisterState a = Register(left);
        RegisterState b = usesSource ? Register(instruction.Source) : RegisterState.Constant((ulong)instruction.Immediate);
        int target = _index + 1 + instruction.Offset;
        if (usesSource && (!a.IsScalar || !b.IsScalar))
        {
            PushHistory(destinationIsPointer: !a.IsScalar, sourceIsPointer: !b.IsScalar);
        }

        if (Decide(instruction.JumpOperation, a, b, is32) is { } taken)
        {
            if (a.IsScalar)
            {
                MarkPrecise(left);
            }

            if (usesSource && b.IsScalar)
            {
                MarkPrecise(instruction.Source);
            }

            _index = taken ? target : _index + 1;
            return;
        }

        _linked.Clear();
        CollectLinked(b, usesSource, _linked);
        CollectLinked(a, true, _linked);
        if (_linked.Count > 1)
        {
            PushHistory(linked: [.. _linked]);
        }

        VerifierState other = PushPath(target);
        Refine(instruction, is32, taken: true, other, a, b);
        Refine(instruction, is32, taken: false, _state, a, b);
        LearnPointers(instruction, is32, a, b, other);
        _index++;
    }

    /// <summary>Which way a jump surely goes, if it does.</summary>
    private static bool? Decide(JumpOperation operation, in RegisterState a, in RegisterState b, bool is32)
    {
        if (IsAnyPacket(a) && IsAnyPacket(b))
        {
            return is32 ? null : DecidePacket(operation, a, b);
        }

        if (a.IsScalar && b.IsScalar)
        {
            return BranchRefinement.Decide(operation, a.Range, b.Range, is32);
        }

        RegisterState pointer = a.IsScalar ? b : a;
        RegisterState number = a.IsScalar ? a : b;
        bool isZero = number.IsScalar && (is32 ? number.Range is { IsConst32: true, Unsigned32Max: 0 } : number.IsNull);
        if (!isZero || !IsNeverNull(pointer) || is32)
        {
            return null;
        }

        return operation switch
        {
            JumpOperation.Jeq => false,
            JumpOperation.Jne => true,
            _ => null,
        };
    }

    private static bool IsNeverNull(in RegisterState pointer) => !pointer.MaybeNull && pointer.Type switch
    {
        RegisterType.Socket or RegisterType.TcpSock or RegisterType.MapValue or RegisterType.MapKey or RegisterType.SockCommon or RegisterType.Map => true,
        RegisterType.BtfObject => IsTrusted(pointer),
        RegisterType.Memory => (pointer.Flags & TypeFlags.Untrusted) == 0,
        _ => false,
    };

    private static bool IsAnyPacket(in RegisterState value) => value.Type is RegisterType.Packet or RegisterType.PacketMeta or RegisterType.PacketEnd;

    private static bool? DecidePacket(JumpOperation operation, in RegisterState a, in RegisterState b)
    {
        int range;
        if (b.Type == RegisterType.PacketEnd)
        {
            range = a.Extent;
        }
        else if (a.Type == RegisterType.PacketEnd)
        {
            range = b.Extent;
            operation = operation switch
            {
                JumpOperation.Jgt => JumpOperation.Jlt,
                JumpOperation.Jge => JumpOperation.Jle,
                JumpOperation.Jlt => JumpOperation.Jgt,
                JumpOperation.Jle => JumpOperation.Jge,
                _ => operation,
            };
        }
        else
        {
            return null;
        }

        return operation switch
        {
            JumpOperation.Jle or JumpOperation.Jgt when range == BeyondPacketEnd => operation == JumpOperation.Jgt,
            JumpOperation.Jlt or JumpOperation.Jge when range < 0 => operation == JumpOperation.Jge,
            _ => null,
        };
    }

    private void CollectLinked(in RegisterState value, bool isRegister, List<LinkedPlace> places)
    {
        if (!isRegister || !value.IsScalar || value.Id == 0)
        {
            return;
        }

        for (int frame = 0; frame < _state.Frames.Count; frame++)
        {
            FunctionState function = _state.Frames[frame];
            for (int i = 0; i < FunctionState.RegisterCount; i++)
            {
                if (function.Registers[i].IsScalar && function.Registers[i].Id == value.Id)
                {
                    places.Add(new((byte)frame, false, (byte)i));
                }
            }

            for (int i = 0; i < function.Stack.Length; i++)
            {
                if (function.Stack[i].IsSpilledScalar && function.Stack[i].Spilled!.State.Id == value.Id)
                {
                    places.Add(new((byte)frame, true, (byte)i));
                }
            }
        }
    }

    /// <summary>
    /// Narrows both operands by the outcome, and with each all registers and spills that are copies of it. Sound: copies hold the same number (plus a
    /// known constant), so what excludes a value of one excludes it of the others.
    /// </summary>
    private static void Refine(Instruction instruction, bool is32, bool taken, VerifierState state, in RegisterState a, in RegisterState b)
    {
        if (!a.IsScalar || !b.IsScalar)
        {
            return;
        }

        RegisterState[] registers = state.Current.Registers;
        ScalarRange left = a.Range;
        ScalarRange right = b.Range;
        BranchRefinement.Refine(instruction.JumpOperation, is32, taken, ref left, ref right);
        if (left.IsEmpty || right.IsEmpty)
        {
            // No value goes this way; what is known stays as it was, which covers nothing more than before.
            left = a.Range;
            right = b.Range;
        }

        if (instruction.UsesSourceRegister)
        {
            if (instruction.Source == instruction.Destination)
            {
                left = left.Intersect(right) is { IsEmpty: false } both ? both : a.Range;
            }
            else
            {
                registers[instruction.Source].Range = right;
                SynchronizeLinked(state, registers[instruction.Source]);
                if (a.Id != 0 && a.Id == b.Id)
                {
                    left = left.Intersect(registers[instruction.Destination].Range) is { IsEmpty: false } both ? both : left;
                }
            }
        }

        registers[instruction.Destination].Range = left;
        SynchronizeLinked(state, registers[instruction.Destination]);
    }

    private static void SynchronizeLinked(VerifierState state, in RegisterState known)
    {
        if (known.Id == 0)
        {
            return;
        }

        RegisterState source = known;
        foreach (FunctionState frame in state.Frames)
        {
            foreach (ref RegisterState register in frame.Registers.AsSpan())
            {
                if (register.IsScalar && register.Id == source.Id)
                {
                    register = Synchronized(register, source);
                }
            }

            foreach (ref StackSlot slot in frame.Stack.AsSpan())
            {
                if (slot.IsSpilledScalar && slot.Spilled!.State.Id == source.Id)
                {
                    slot.Spilled = new(Synchronized(slot.Spilled.State, source));
                }
            }
        }
    }

    private static RegisterState Synchronized(RegisterState linked, in RegisterState source)
    {
        int from = source.IsLinkedPlusConstant ? source.Offset : 0;
        int to = linked.IsLinkedPlusConstant ? linked.Offset : 0;
        linked.Range = from == to
            ? source.Range
            : ScalarTransfer.Apply(AluOperation.Add, true, source.Range, ScalarRange.Const((ulong)((long)to - from)), 0);
        return linked;
    }

    private void LearnPointers(Instruction instruction, bool is32, in RegisterState a, in RegisterState b, VerifierState other)
    {
        JumpOperation operation = instruction.JumpOperation;
        bool isEquality = operation is JumpOperation.Jeq or JumpOperation.Jne;
        if (!is32 && isEquality && instruction.UsesSourceRegister && !a.IsScalar && !b.IsScalar && a.MaybeNull != b.MaybeNull
            && a.Type != RegisterType.BtfObject && b.Type != RegisterType.BtfObject)
        {
            // Equal to a pointer that isn't null: not null either.
            RegisterState[] equal = (operation == JumpOperation.Jeq ? other : _state).Current.Registers;
            MarkNotNull(ref equal[a.MaybeNull ? instruction.Destination : instruction.Source]);
        }

        if (!is32 && isEquality && !instruction.UsesSourceRegister && instruction.Immediate == 0 && a.MaybeNull)
        {
            ResolveNull(_state, instruction.Destination, isNull: operation == JumpOperation.Jne);
            ResolveNull(other, instruction.Destination, isNull: operation == JumpOperation.Jeq);
        }
        else if (!LearnPacket(instruction, is32, a, b, other))
        {
            CheckNoLeak(instruction.Destination, "pointer comparison prohibited");
        }
    }

    /// <summary>Settles a pointer that may be null, and all copies of it (<c>mark_ptr_or_null_regs</c>).</summary>
    private void ResolveNull(VerifierState state, int register, bool isNull)
    {
        RegisterState pointer = state.Current.Registers[register];
        if (isNull && pointer.ReferenceId != 0 && pointer.ReferenceId == pointer.Id)
        {
            state.References.RemoveAll(held => held.Id == pointer.Id && held.Kind == ReferenceKind.Pointer);
        }

        int id = pointer.Id;
        ForEachRegister(state, (ref RegisterState value) =>
        {
            if (!value.MaybeNull || value.Id != id)
            {
                return false;
            }

            if (isNull)
            {
                value = RegisterState.Constant(0);
                return true;
            }

            MarkNotNull(ref value);
            if (!HoldsLock(value))
            {
                value.Id = 0;
            }

            return true;
        });
    }

    private static void MarkNotNull(ref RegisterState value)
    {
        if (value.Type == RegisterType.MapValue)
        {
            if (value.Map!.Inner is { } inner)
            {
                value.Type = RegisterType.Map;
                value.Map = inner;
                value.MapInstance = value.Id;
            }
            else
            {
                value.Type = value.Map.Type switch
                {
                    MapType.XskMap => RegisterType.XdpSock,
                    MapType.SockMap or MapType.SockHash => RegisterType.Socket,
                    _ => RegisterType.MapValue,
                };
            }
        }

        value.Flags &= ~TypeFlags.MaybeNull;
    }

    /// <summary>
    /// Learns how many bytes of the packet are there (<c>try_match_pkt_pointers</c>). Sound: packet pointers with one identity share one variable offset, so
    /// if <c>data + var + K &lt;= end</c> holds for one of them, K bytes from <c>data + var</c> exist for all; the offset is at most 64 KiB, so no sum wraps.
    /// </summary>
    private bool LearnPacket(Instruction instruction, bool is32, in RegisterState a, in RegisterState b, VerifierState other)
    {
        if (!instruction.UsesSourceRegister || is32)
        {
            return false;
        }

        bool forward = (a.Type == RegisterType.Packet && b.Type == RegisterType.PacketEnd) || (a.Type == RegisterType.PacketMeta && IsPacketStart(b));
        bool backward = (a.Type == RegisterType.PacketEnd && b.Type == RegisterType.Packet) || (IsPacketStart(a) && b.Type == RegisterType.PacketMeta);
        if (!forward && !backward)
        {
            return false;
        }

        RegisterState packet = forward ? a : b;
        int number = forward ? instruction.Destination : instruction.Source;

        // Reduced to: on which branch is packet <= end, and is it strict.
        (VerifierState inside, VerifierState outside, bool strict) = (instruction.JumpOperation, forward) switch
        {
            (JumpOperation.Jgt, true) => (_state, other, false),
            (JumpOperation.Jgt, false) => (other, _state, true),
            (JumpOperation.Jlt, true) => (other, _state, true),
            (JumpOperation.Jlt, false) => (_state, other, false),
            (JumpOperation.Jge, true) => (_state, other, true),
            (JumpOperation.Jge, false) => (other, _state, false),
            (JumpOperation.Jle, true) => (other, _state, false),
            (JumpOperation.Jle, false) => (_state, other, true),
            _ => (null!, null!, false),
        };
        if (inside is null)
        {
            return false;
        }

        GrantPacket(inside, packet, strict);
        ref RegisterState outer = ref outside.Current.Registers[number];
        if (outer.Type == RegisterType.Packet)
        {
            outer.Extent = strict ? AtPacketEnd : BeyondPacketEnd;
        }

        return true;
    }

    private static bool IsPacketStart(in RegisterState value) =>
        value is { Type: RegisterType.Packet, Id: 0, Offset: 0 } && value.Range is { IsConst: true, ConstValue: 0 };

    private static void GrantPacket(VerifierState state, RegisterState packet, bool strict)
    {
        if (packet.Offset < 0 || (packet.Offset == 0 && strict)
            || packet.Range.UnsignedMax > MaximumPacketOffset || packet.Range.UnsignedMax + (ulong)packet.Offset > MaximumPacketOffset)
        {
            return;
        }

        int range = packet.Offset + (strict ? 1 : 0);
        ForEachRegister(state, (ref RegisterState value) =>
        {
            if (value.Type != packet.Type || value.Id != packet.Id || value.Extent >= range)
            {
                return false;
            }

            value.Extent = range;
            return true;
        });
    }

    private delegate bool RegisterChange(ref RegisterState value);

    /// <summary>Applies a change to every register and spilled register of a state; the change says whether it changed anything.</summary>
    private static void ForEachRegister(VerifierState state, RegisterChange change)
    {
        foreach (FunctionState frame in state.Frames)
        {
            foreach (ref RegisterState register in frame.Registers.AsSpan())
            {
                _ = change(ref register);
            }

            foreach (ref StackSlot slot in frame.Stack.AsSpan())
            {
                if (slot.IsSpilled)
                {
                    RegisterState value = slot.Spilled!.State;
                    if (change(ref value))
                    {
                        slot.Spilled = new(value);
                    }
                }
            }
        }
    }
}
