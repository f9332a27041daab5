using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;
using Holdfast.Verifier.Domains;
using Holdfast.Verifier.Prototypes;

namespace Holdfast.Verifier.Analysis;

/// <content>Calls of helpers (<c>check_helper_call</c>).</content>
internal sealed partial class Analyzer
{
    private const int LargestErrno = 4095;

    private bool CheckCall(Instruction instruction)
    {
        if (_state.ActiveLocks > 0 && !(instruction.IsHelperCall && instruction.Immediate == (int)HelperId.SpinUnlock) && instruction.IsHelperCall)
        {
            Reject(Errno.EINVAL, $"function calls are not allowed while holding a lock");
        }

        if (instruction.IsLocalCall)
        {
            CheckLocalCall(instruction);
            return false;
        }

        if (instruction.IsKfuncCall)
        {
            return CheckKfuncCall(instruction);
        }

        CheckHelperCall(instruction);
        _index++;
        return false;
    }

    private void CheckHelperCall(Instruction instruction)
    {
        HelperId id = (HelperId)instruction.Immediate;
        if (!Enum.IsDefined(id) || id == 0)
        {
            Reject(Errno.EINVAL, $"invalid func unknown#{instruction.Immediate}");
        }

        HelperPrototype? prototype = _request.Type.FindHelper(id, _request);
        if (prototype is null)
        {
            Reject(Errno.EINVAL, $"program of this type cannot use helper {HelperNames.Of(id)}#{instruction.Immediate}");
            return;
        }

        if (prototype.GplOnly && !Licenses.IsGplCompatible(_request.License))
        {
            Reject(Errno.EINVAL, $"cannot call GPL-restricted function from non-GPL compatible program");
        }

        if (prototype.MightSleep && !_state.IsSleepable)
        {
            Reject(Errno.EINVAL, $"helper call might sleep in a non-sleepable prog");
        }

        if (prototype.MightSleep && (_state.RcuDepth > 0 || _state.PreemptDepth > 0))
        {
            string region = _state.RcuDepth > 0 ? "rcu_read_lock" : "non-preemptible";
            Reject(Errno.EINVAL, $"sleepable helper {prototype.Name}#{instruction.Immediate} in {region} region");
        }

        ref InstructionNotes notes = ref _notes[_index];
        notes.Helper = id;
        HelperCallInfo call = new(prototype);
        for (int i = 0; i < prototype.Arguments.Length; i++)
        {
            CheckArgument(call, i);
        }

        if (call.Map is { } map)
        {
            InstructionNotes.Merge(ref notes.MapIndex, call.MapInstance != 0 ? -1 : _maps.IndexOf(map));
            if ((map.Flags & MapFlags.ReadOnlyProgram) != 0
                && id is HelperId.MapDeleteElem or HelperId.MapUpdateElem or HelperId.MapPushElem or HelperId.MapPopElem && (map.Flags & MapFlags.ReadOnlyProgram) != 0)
            {
                Reject(Errno.EACCES, $"write into map forbidden");
            }
        }

        Release(call);
        ActBeforeReturn(call);
        SetResult(call, instruction);
        MapCompatibility.Check(call.Map, id);
        if (call.MovesPacket || (prototype.ChangesPacketData && id != HelperId.TailCall))
        {
            ForgetPackets();
        }
    }

    private void Release(HelperCallInfo call)
    {
        if (call.ReleasedRegister == 0)
        {
            return;
        }

        RegisterState released = Register(call.ReleasedRegister);
        if (released.Type == RegisterType.Stack)
        {
            ReleaseDynptr(call);
            return;
        }

        if (released.IsNull)
        {
            return;
        }

        if (call.ReferenceId == 0 || !_state.References.Exists(held => held.Kind == ReferenceKind.Pointer && held.Id == call.ReferenceId))
        {
            Reject(Errno.EINVAL, $"func {call.Prototype.Name}#{(int)call.Id} reference has not been acquired before");
        }

        ReleaseReference(call.ReferenceId);
    }

    /// <summary>Gives a reference back: whatever belongs to it can't be used any more.</summary>
    private void ReleaseReference(int id)
    {
        _state.References.RemoveAll(held => held.Kind == ReferenceKind.Pointer && held.Id == id);
        ForEachRegister(_state, (ref RegisterState value) =>
        {
            if (value.ReferenceId != id)
            {
                return false;
            }

            value = RegisterState.Unknown;
            return true;
        });
    }

    private void ForgetPackets() => ForEachRegister(_state, static (ref RegisterState value) =>
    {
        if (!IsAnyPacket(value) && (value.Flags & TypeFlags.PacketSlice) == 0)
        {
            return false;
        }

        value = RegisterState.Unknown;
        return true;
    });

    private void ActBeforeReturn(HelperCallInfo call)
    {
        switch (call.Id)
        {
            case HelperId.TailCall:
                CheckResourceLeak("tail_call");
                HasTailCall = true;
                PushEarlyExit(RegisterState.Unknown, movesPacket: true);
                break;
            case HelperId.GetLocalStorage:
                if (!Register(2).IsNull)
                {
                    Reject(Errno.EINVAL, $"get_local_storage() doesn't support non-zero flags");
                }

                break;
            case HelperId.ForEachMapElem:
                PushCallback(call.Callback, CallbackKind.ForEachElement, call);
                break;
            case HelperId.Loop:
                // Whether the loop is over depends on r1.
                MarkPrecise(1);
                if ((ulong)Frame.CallbackDepth < Register(1).Range.UnsignedMax)
                {
                    PushCallback(call.Callback, CallbackKind.Loop, call);
                }
                else
                {
                    Frame.CallbackDepth = 0;
                }

                break;
            case HelperId.FindVma:
                PushCallback(call.Callback, CallbackKind.FindVma, call);
                break;
            case HelperId.UserRingbufDrain:
                PushCallback(call.Callback, CallbackKind.UserRingBuf, call);
                break;
            case HelperId.TimerSetCallback:
                PushCallback(call.Callback, CallbackKind.Timer, call);
                break;
            case HelperId.SetRetval when _request.Type.Type == ProgramType.Lsm:
                CheckLsmResult();
                break;
            default:
                break;
        }
    }

    private void CheckLsmResult()
    {
        if (_request.Type.GetReturnRange(_request) is { } range && !IsWithin(Register(1).Range, range))
        {
            Reject(Errno.EINVAL, $"{DescribeRange("At bpf_set_retval call", "R1", Register(1), range)}");
        }
    }

    private void SetResult(HelperCallInfo call, Instruction instruction)
    {
        _ = instruction;
        for (int i = 0; i <= 5; i++)
        {
            Register(i) = default;
        }

        HelperPrototype prototype = call.Prototype;
        TypeFlags flags = FlagsOf(prototype.ReturnFlags);
        ref RegisterState result = ref Register(0);
        switch (prototype.Return)
        {
            case ReturnType.Integer:
                result = RegisterState.Number(ResultRange(call));
                break;
            case ReturnType.Void:
                break;
            case ReturnType.PointerToMapValue:
                MapDescription map = call.Map!;
                if (call.Id is HelperId.MapLookupElem && IsNeverAbsent(call, map))
                {
                    flags &= ~TypeFlags.MaybeNull;
                }

                result = RegisterState.Pointer(RegisterType.MapValue, flags);
                result.Map = map;
                result.MapInstance = call.MapInstance;
                if (!result.MaybeNull && HoldsLock(result))
                {
                    result.Id = NewId();
                }

                break;
            case ReturnType.PointerToSocket:
                result = RegisterState.Pointer(RegisterType.Socket, flags);
                break;
            case ReturnType.PointerToTcpSocket:
                result = RegisterState.Pointer(RegisterType.TcpSock, flags);
                break;
            case ReturnType.PointerToSockCommon:
                result = RegisterState.Pointer(RegisterType.SockCommon, flags);
                break;
            case ReturnType.PointerToMemory:
                result = RegisterState.Pointer(RegisterType.Memory, flags);
                result.Extent = (int)call.MemorySize;
                result.MapInstance = call.DynptrId;
                break;
            case ReturnType.PointerToMemoryOrBtfId:
                result = call.ReturnedType;
                result.Flags |= flags;
                break;
            default:
                result = TypedResult(call, flags);
                break;
        }

        if (result.MaybeNull)
        {
            result.Id = NewId();
        }

        if (IsCast(call.Id) || call.Id == HelperId.DynptrData)
        {
            result.ReferenceId = call.ReferenceId;
        }
        else if ((prototype.ReturnFlags & ReturnFlags.Acquires) != 0 || (call.Id == HelperId.MapLookupElem && call.Map!.Type is MapType.SockMap or MapType.SockHash))
        {
            int id = NewId();
            _state.References.Add(new(ReferenceKind.Pointer, id, _index));
            result.Id = id;
            result.ReferenceId = id;
        }
    }

    /// <summary>A constant index within an array is always there, so its lookup gives no null.</summary>
    private static bool IsNeverAbsent(HelperCallInfo call, MapDescription map) =>
        map.Type is MapType.Array or MapType.PerCpuArray && map.Inner is null && (map.Flags & MapFlags.InnerMap) == 0 && call.ConstantKey >= 0 && call.ConstantKey < map.MaxEntries;

    private static TypeFlags FlagsOf(ReturnFlags flags) =>
        ((flags & ReturnFlags.MaybeNull) != 0 ? TypeFlags.MaybeNull : 0)
        | ((flags & ReturnFlags.ReadOnly) != 0 ? TypeFlags.ReadOnly : 0)
        | ((flags & ReturnFlags.RingBuf) != 0 ? TypeFlags.RingBuf : 0)
        | ((flags & ReturnFlags.Trusted) != 0 ? TypeFlags.Trusted : 0);

    private static bool IsCast(HelperId id) => id is HelperId.TcpSock or HelperId.SkFullsock or HelperId.SkcToTcpSock
        or HelperId.SkcToTcp6Sock or HelperId.SkcToUdp6Sock or HelperId.SkcToMptcpSock or HelperId.SkcToTcpTimewaitSock or HelperId.SkcToTcpRequestSock;

    private static ScalarRange ResultRange(HelperCallInfo call) => call.Id switch
    {
        HelperId.GetStack or HelperId.GetTaskStack or HelperId.ProbeReadStr or HelperId.ProbeReadKernelStr or HelperId.ProbeReadUserStr =>
            ScalarRange.FromSigned(-LargestErrno, (long)Math.Min(call.MaximumSize, int.MaxValue)),
        _ => ScalarRange.Unknown,
    };
}
