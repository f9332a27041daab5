using Holdfast.Btf;
using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;
using Holdfast.Verifier.Domains;
using Holdfast.Verifier.Prototypes;

namespace Holdfast.Verifier.Analysis;

/// <content>Calls of kernel functions (<c>check_kfunc_call</c>). Arguments and results are typed by the kernel's BTF.</content>
internal sealed partial class Analyzer
{
    /// <summary>Walks a call of a kernel function.</summary>
    /// <returns>Whether the path ended: the function never returns.</returns>
    private bool CheckKfuncCall(Instruction instruction)
    {
        KfuncCall call = ResolveKfunc(instruction);
        bool isThrow = call.Name == "bpf_throw";
        if (_state.ActiveLocks > 0 && !IsAllowedUnderLock(call.Name))
        {
            Reject(Errno.EINVAL, $"function calls are not allowed while holding a lock");
        }

        if (call.Name == "__bpf_trap")
        {
            Reject(Errno.EINVAL, $"unexpected __bpf_trap() due to uninitialized variable?");
        }

        if (call.Is(KfuncTraits.Sleeps) && !_state.IsSleepable)
        {
            Reject(Errno.EACCES, $"program must be sleepable to call sleepable kfunc {call.Name}");
        }

        CheckKfuncArguments(call);
        ActOnGraph(call);
        CheckSection(call);
        if (isThrow)
        {
            CheckThrow();
            return true;
        }

        if (call.ReleasedReference != 0)
        {
            ReleaseReference(call.ReleasedReference);
        }
        else if (call.Is(KfuncTraits.Releases))
        {
            Reject(Errno.EINVAL, $"release kernel function {call.Name} expects refcounted PTR_TO_BTF_ID");
        }

        if (call.Name == "bpf_xdp_pull_data")
        {
            ForgetPackets();
        }

        for (int i = 0; i <= 5; i++)
        {
            Register(i) = default;
        }

        if (call.Is(KfuncTraits.IteratorNext))
        {
            StepIterator(call);
        }
        else
        {
            SetKfuncResult(call);
        }

        _index++;
        return false;
    }

    private KfuncCall ResolveKfunc(Instruction instruction)
    {
        if (instruction.Immediate == 0)
        {
            Reject(Errno.EINVAL, $"invalid kernel function call not eliminated in verifier pass");
        }

        if (_request.KernelBtf is not { } types || instruction.Offset != 0)
        {
            Reject(Errno.EINVAL, $"calling kernel function is not supported here: the kernel's types are not known");
            return null!;
        }

        if (!types.TryGetType((uint)instruction.Immediate, out BtfType? type) || type is not BtfFunction function
            || !types.TryGetType(function.TypeId, out BtfType? signature) || signature is not BtfFunctionPrototype prototype)
        {
            Reject(Errno.EINVAL, $"kernel btf_id {instruction.Immediate} is not a function");
            return null!;
        }

        if (!Licenses.IsGplCompatible(_request.License))
        {
            Reject(Errno.EINVAL, $"cannot call kernel function from non-GPL compatible program");
        }

        if (KfuncTable.Find(function.Name) is not { } kfunc || !KfuncTable.MayCall(kfunc, _request.Type.Type))
        {
            Reject(Errno.EACCES, $"calling kernel function {function.Name} is not allowed");
            return null!;
        }

        return new KfuncCall(kfunc, types, prototype);
    }

    /// <summary>Lists, trees and counting loops may be worked on under a lock; everything else might wait for it.</summary>
    private static bool IsAllowedUnderLock(string name) =>
        name.StartsWith("bpf_list_", StringComparison.Ordinal) || name.StartsWith("bpf_rbtree_", StringComparison.Ordinal)
        || name.StartsWith("bpf_iter_num_", StringComparison.Ordinal) || name.StartsWith("bpf_res_spin_", StringComparison.Ordinal)
        || name == "bpf_refcount_acquire_impl";

    /// <summary>Critical sections: RCU readers, disabled preemption, disabled interrupts.</summary>
    private void CheckSection(KfuncCall call)
    {
        switch (call.Name)
        {
            case "bpf_rcu_read_lock":
                _state.RcuDepth++;
                return;
            case "bpf_rcu_read_unlock":
                if (_state.RcuDepth == 0)
                {
                    Reject(Errno.EINVAL, $"unmatched rcu read unlock (kernel function bpf_rcu_read_unlock)");
                }

                if (--_state.RcuDepth == 0)
                {
                    DistrustRcuPointers();
                }

                return;
            case "bpf_preempt_disable":
                _state.PreemptDepth++;
                return;
            case "bpf_preempt_enable":
                if (_state.PreemptDepth == 0)
                {
                    Reject(Errno.EINVAL, $"unmatched attempt to enable preemption (kernel function bpf_preempt_enable)");
                }

                _state.PreemptDepth--;
                return;
            default:
                break;
        }

        if (_state.RcuDepth > 0 && call.Is(KfuncTraits.Sleeps))
        {
            Reject(Errno.EACCES, $"kernel func {call.Name} is sleepable within rcu_read_lock region");
        }

        if (_state.PreemptDepth > 0 && call.Is(KfuncTraits.Sleeps))
        {
            Reject(Errno.EACCES, $"kernel func {call.Name} is sleepable within non-preemptible region");
        }

        if (call.Is(KfuncTraits.RcuProtected) && !InRcuSection)
        {
            Reject(Errno.EACCES, $"kernel func {call.Name} requires RCU critical section protection");
        }
    }

    /// <summary>Programs that can't sleep run in a section of their own.</summary>
    private bool InRcuSection => _state.RcuDepth > 0 || _state.ActiveLocks > 0 || !_state.IsSleepable;

    /// <summary>What RCU protected may be gone behind the section's end.</summary>
    private void DistrustRcuPointers() =>
        ForEachRegister(_state, static (ref RegisterState value) =>
        {
            if ((value.Flags & TypeFlags.Rcu) == 0)
            {
                return false;
            }

            value.Flags = (value.Flags & ~(TypeFlags.Rcu | TypeFlags.MaybeNull)) | TypeFlags.Untrusted;
            return true;
        });

    /// <summary>
    /// <c>bpf_throw</c> ends the program from any depth: nothing may be held, and the cookie is the program's result. That no callback is on the way,
    /// <see cref="StackCheck"/> sees of all chains of calls.
    /// </summary>
    private void CheckThrow()
    {
        CheckResourceLeak("bpf_throw");
        RegisterState cookie = Register(1);
        if (_request.Type.GetReturnRange(_request) is { } range)
        {
            MarkPrecise(1);
            if (!IsWithin(cookie.Range, range))
            {
                Reject(Errno.EINVAL, $"{DescribeRange("At program exit", "R1", cookie, range)}");
            }
        }
    }

    private void SetKfuncResult(KfuncCall call)
    {
        ref RegisterState result = ref Register(0);
        BtfType type = call.Types.Resolve(call.Prototype.ReturnTypeId);
        switch (type)
        {
            case BtfVoid:
                return;
            case BtfPointer pointer:
                result = KfuncPointer(call, pointer);
                break;
            default:
                result = RegisterState.Unknown;
                return;
        }

        if (call.Is(KfuncTraits.MaybeNull) && !call.OwnsArgument)
        {
            result.Flags |= TypeFlags.MaybeNull;
            result.Id = NewId();
        }

        if (call.Is(KfuncTraits.Acquires))
        {
            int id = result.Id != 0 ? result.Id : NewId();
            _state.References.Add(new Reference(ReferenceKind.Pointer, id, _index));
            result.Id = id;
            result.ReferenceId = id;
        }
    }

    private RegisterState KfuncPointer(KfuncCall call, BtfPointer pointer)
    {
        uint target = call.Types.SkipModifiers(pointer.TypeId);
        RegisterState own = default;
        if (SetGraphResult(call, ref own))
        {
            return own;
        }

        switch (call.Name)
        {
            case "bpf_dynptr_slice" or "bpf_dynptr_slice_rdwr":
                return SliceOf(call);
            case "bpf_rdonly_cast":
                return CastResult(call);
            case "bpf_cast_to_kern_ctx":
                Reject(Errno.EINVAL, $"kernel function {call.Name} is not supported");
                return default;
            default:
                break;
        }

        if (call.Types[target] is BtfComposite)
        {
            RegisterState value = RegisterState.Pointer(RegisterType.BtfObject, call.Is(KfuncTraits.Acquires | KfuncTraits.IteratorNext) ? TypeFlags.Trusted : TypeFlags.None);
            value.Types = call.Types;
            value.BtfId = target;
            return value;
        }

        if (SizeOfType(call.Types, target) is { } size)
        {
            RegisterState memory = RegisterState.Pointer(RegisterType.Memory, call.Is(KfuncTraits.Acquires) ? TypeFlags.None : TypeFlags.ReadOnly);
            memory.Extent = size;
            return memory;
        }

        Reject(Errno.EINVAL, $"kernel function {call.Name} returns pointer type {call.Types[target].Kind} that is not supported");
        return default;
    }

    private static int? SizeOfType(BtfGraph types, uint id) => types.Resolve(id) switch
    {
        BtfInt number => (int)number.Size,
        BtfEnumeration enumeration => (int)enumeration.Size,
        BtfPointer => 8,
        BtfComposite composite => (int)composite.Size,
        BtfArray array when SizeOfType(types, array.ElementTypeId) is { } element => (int)Math.Min(int.MaxValue, (long)element * array.ElementCount),
        _ => null,
    };

    private static RegisterState CastResult(KfuncCall call)
    {
        if (!call.Types.TryGetType((uint)call.Constant, out BtfType? type) || type is not BtfStruct)
        {
            if (type is BtfVoid || call.Constant == 0)
            {
                RegisterState memory = RegisterState.Pointer(RegisterType.Memory, TypeFlags.ReadOnly | TypeFlags.Untrusted);
                return memory;
            }

            Reject(Errno.EINVAL, $"kfunc bpf_rdonly_cast type ID argument must be of a struct or void");
        }

        RegisterState value = RegisterState.Pointer(RegisterType.BtfObject, TypeFlags.Untrusted);
        value.Types = call.Types;
        value.BtfId = (uint)call.Constant;
        return value;
    }
}
