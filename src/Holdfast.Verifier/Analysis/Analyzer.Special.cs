using Holdfast.Btf;
using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;
using Holdfast.Verifier.Prototypes;

namespace Holdfast.Verifier.Analysis;

/// <content>Locks, timers, and what isn't supported yet.</content>
internal sealed partial class Analyzer
{
    private bool HoldsLock(in RegisterState value) =>
        Array.Exists(Special.Of(value), field => field.Kind is SpecialFieldKind.SpinLock or SpecialFieldKind.ResilientLock);

    private void UseSpinLock(HelperCallInfo call, int register, in RegisterState value)
    {
        bool isLock = call.Id == HelperId.SpinLock;
        string name = isLock ? "lock" : "unlock";
        if (!value.Range.IsConst)
        {
            Reject(Errno.EINVAL, $"R{register} doesn't have constant offset. bpf_spin_lock has to be at the constant offset");
        }

        string owner = value.Type == RegisterType.MapValue ? $"map '{value.Map!.Name}'" : $"struct {value.Types!.NameOf(value.BtfId)}";
        if (value.Type == RegisterType.MapValue && value.Map!.Btf is null)
        {
            Reject(Errno.EINVAL, $"{owner} has to have BTF in order to use bpf_spin_lock");
        }

        SpecialField[] locks = Array.FindAll(Special.Of(value), field => field.Kind == SpecialFieldKind.SpinLock);
        if (locks.Length == 0)
        {
            Reject(Errno.EINVAL, $"{owner} has no valid bpf_spin_lock");
        }

        if (_state.Frames.Exists(frame => frame.Callback == CallbackKind.TreeLess))
        {
            Reject(Errno.EACCES, $"can't spin_{{lock,unlock}} in rbtree cb");
        }

        long at = value.Offset + value.Range.SignedMin;
        if (locks[0].Offset != at)
        {
            Reject(Errno.EINVAL, $"off {at} doesn't point to 'struct bpf_spin_lock' that is at {locks[0].Offset}");
        }

        _ = name;
        if (isLock)
        {
            if (_state.ActiveLocks > 0)
            {
                Reject(Errno.EINVAL, $"Locking two bpf_spin_locks are not allowed");
            }

            _state.ActiveLocks = 1;
            _state.ActiveLockId = value.Id;
            _state.ActiveLockOwner = LockOwner(value);
            return;
        }

        if (_state.ActiveLocks == 0)
        {
            Reject(Errno.EINVAL, $"bpf_spin_unlock without taking a lock");
        }

        if (!ReferenceEquals(_state.ActiveLockOwner, LockOwner(value)) || _state.ActiveLockId != value.Id)
        {
            Reject(Errno.EINVAL, $"bpf_spin_unlock of different lock");
        }

        _state.ActiveLocks = 0;
        _state.ActiveLockId = 0;
        _state.ActiveLockOwner = null;
        ForgetNonOwning();
    }

    private void UseTimer(HelperCallInfo call, int register, in RegisterState value)
    {
        MapDescription map = value.Map!;
        if (!value.Range.IsConst)
        {
            Reject(Errno.EINVAL, $"R{register} doesn't have constant offset. bpf_timer has to be at the constant offset");
        }

        if (map.Btf is null)
        {
            Reject(Errno.EINVAL, $"map '{map.Name}' has to have BTF in order to use bpf_timer");
        }

        SpecialField[] timers = Array.FindAll(Special.Of(map), field => field.Kind == SpecialFieldKind.Timer);
        long at = value.Offset + value.Range.SignedMin;
        if (timers.Length == 0)
        {
            Reject(Errno.EINVAL, $"map '{map.Name}' has no valid bpf_timer");
        }

        if (timers[0].Offset != at)
        {
            Reject(Errno.EINVAL, $"off {at} doesn't point to 'struct bpf_timer' that is at {timers[0].Offset}");
        }

        call.Map = map;
        call.MapInstance = value.MapInstance;
    }

    /// <summary>A timer is bound to the map that holds it.</summary>
    private static void CheckTimerMap(HelperCallInfo call, in RegisterState value)
    {
        if (!ReferenceEquals(call.Map, value.Map) || call.MapInstance != value.MapInstance)
        {
            Reject(Errno.EINVAL, $"timer pointer in R1 map_uid={call.MapInstance} doesn't match map pointer in R2 map_uid={value.MapInstance}");
        }
    }

    private static void UsePerCpu(HelperCallInfo call, int register, in RegisterState value)
    {
        _ = (call, register, value);
        Reject(Errno.EACCES, $"per-CPU kernel variables are not supported by Holdfast's verifier yet");
    }
}
