using Holdfast.Btf;
using Holdfast.Isa.Abi;
using Holdfast.Verifier.Domains;
using Holdfast.Verifier.Prototypes;

namespace Holdfast.Verifier.Analysis;

/// <content>
/// Objects of the program's own types, and the lists and trees that hold them. An object has one owner: the path that holds its reference, or the list or
/// tree that it was put into. What is left to the path after putting it in (and what it finds by looking) is a pointer without ownership, good until the
/// lock is given back.
/// </content>
internal sealed partial class Analyzer
{
    /// <summary>Arguments of the functions on own objects; false if the parameter is none of theirs.</summary>
    private bool CheckGraphArgument(KfuncCall call, int index, in BtfParameter parameter, BtfType type)
    {
        int register = index + 1;
        RegisterState value = Register(register);
        if (HasEnding(parameter, "__alloc"))
        {
            RequireAllocated(value, index);
            if (value.Offset != 0)
            {
                Reject(Errno.EINVAL, $"R{register} must have zero offset when passed to release func or trusted arg to kfunc");
            }

            call.ReleasedReference = value.ReferenceId;
            return true;
        }

        if (HasEnding(parameter, "__refcounted_kptr"))
        {
            CheckRefcounted(call, register, index, value);
            return true;
        }

        switch (type.Name)
        {
            case "bpf_list_head":
                call.Root = CheckRoot(register, index, value, SpecialFieldKind.ListHead, type.Name);
                return true;
            case "bpf_rb_root":
                call.Root = CheckRoot(register, index, value, SpecialFieldKind.TreeRoot, type.Name);
                return true;
            case "bpf_list_node":
                RequireAllocated(value, index);
                CheckNode(call, register, index, value, SpecialFieldKind.ListNode, type.Name);
                return true;
            case "bpf_rb_node":
                if (call.Name == "bpf_rbtree_add_impl")
                {
                    RequireAllocated(value, index);
                }
                else
                {
                    CheckLinkedNode(register, value);
                }

                CheckNode(call, register, index, value, SpecialFieldKind.TreeNode, type.Name);
                return true;
            default:
                return false;
        }
    }

    private static void RequireAllocated(in RegisterState value, int index)
    {
        if (value is not { Type: RegisterType.BtfObject } || value.MaybeNull
            || (value.Flags & (TypeFlags.Allocated | TypeFlags.NonOwning | TypeFlags.Untrusted | TypeFlags.PerCpu)) != TypeFlags.Allocated)
        {
            Reject(Errno.EINVAL, $"arg#{index} expected pointer to allocated object");
        }

        if (value.ReferenceId == 0)
        {
            Reject(Errno.EINVAL, $"allocated object must be referenced");
        }
    }

    private void CheckLinkedNode(int register, in RegisterState value)
    {
        if ((value.Flags & TypeFlags.NonOwning) == 0 || value.MaybeNull)
        {
            Reject(Errno.EINVAL, $"rbtree_remove node input must be non-owning ref");
        }

        if (_state.Frames.Exists(frame => frame.Callback == CallbackKind.TreeLess))
        {
            Reject(Errno.EINVAL, $"rbtree_remove not allowed in rbtree cb");
        }

        _ = register;
    }

    private void CheckRefcounted(KfuncCall call, int register, int index, in RegisterState value)
    {
        bool owns = value.ReferenceId != 0;
        if (value.Type != RegisterType.BtfObject || value.MaybeNull || (value.Flags & TypeFlags.Allocated) == 0 || (!owns && (value.Flags & TypeFlags.NonOwning) == 0))
        {
            Reject(Errno.EINVAL, $"arg#{index} is neither owning or non-owning ref");
        }

        CheckPlainPointer(value, register, fixedAllowed: false);
        if (!Array.Exists(Special.Of(value), field => field.Kind == SpecialFieldKind.Refcount))
        {
            Reject(Errno.EINVAL, $"arg#{index} doesn't point to a type with bpf_refcount field");
        }

        call.OwnsArgument = owns;
        call.ObjectTypes = value.Types;
        call.ObjectId = value.BtfId;
    }

    private SpecialField CheckRoot(int register, int index, in RegisterState value, SpecialFieldKind kind, string name)
    {
        bool isObject = value.Type == RegisterType.BtfObject && (value.Flags & TypeFlags.Allocated) != 0;
        if ((value.Type != RegisterType.MapValue && !isObject) || value.MaybeNull)
        {
            Reject(Errno.EINVAL, $"arg#{index} expected pointer to map value or allocated object");
        }

        if (isObject && value.ReferenceId == 0)
        {
            Reject(Errno.EINVAL, $"allocated object must be referenced");
        }

        if (!value.Range.IsConst)
        {
            Reject(Errno.EINVAL, $"R{register} doesn't have constant offset. {name} has to be at the constant offset");
        }

        long at = value.Offset + value.Range.SignedMin;
        SpecialField? field = Special.At(value, at);
        if (field is null || field.Kind != kind || field.Types is null)
        {
            Reject(Errno.EINVAL, $"{name} not found at offset={at}");
        }

        if (_state.ActiveLocks == 0 || !ReferenceEquals(_state.ActiveLockOwner, LockOwner(value)) || _state.ActiveLockId != value.Id)
        {
            long lockAt = Array.Find(Special.Of(value), other => other.Kind == SpecialFieldKind.SpinLock)?.Offset ?? 0;
            Reject(Errno.EINVAL, $"bpf_spin_lock at off={lockAt} must be held for {name}");
        }

        return field!;
    }

    /// <summary>The map, or the types of an own object: with the identity of the pointer this tells locks apart.</summary>
    private static object? LockOwner(in RegisterState value) => value.Type == RegisterType.MapValue ? value.Map : value.Types;

    private void CheckNode(KfuncCall call, int register, int index, in RegisterState value, SpecialFieldKind kind, string name)
    {
        if (!value.Range.IsConst)
        {
            Reject(Errno.EINVAL, $"R{register} doesn't have constant offset. {name} has to be at the constant offset");
        }

        long at = value.Offset + value.Range.SignedMin;
        SpecialField? node = Special.At(value, at);
        if (node is null || node.Kind != kind)
        {
            Reject(Errno.EINVAL, $"{name} not found at offset={at}");
        }

        SpecialField root = call.Root!;
        string held = value.Types!.NameOf(value.BtfId);
        if (!ReferenceEquals(root.Types, value.Types) || root.TargetId != value.BtfId)
        {
            Reject(Errno.EINVAL, $"operation on {root.Name} expects arg#1 {name} at offset={root.NodeOffset} in struct {root.Types!.NameOf(root.TargetId)}, but arg is at offset={at} in struct {held}");
        }

        if (at != root.NodeOffset)
        {
            Reject(Errno.EINVAL, $"arg#{index} offset={at}, but expected {name} at offset={root.NodeOffset} in struct {held}");
        }
    }

    /// <summary>Effects and results of the functions on own objects.</summary>
    /// <returns>Whether the function is one of these.</returns>
    private bool SetGraphResult(KfuncCall call, ref RegisterState result)
    {
        switch (call.Name)
        {
            case "bpf_obj_new_impl":
                result = OwnObject(_request.Btf!, (uint)call.Constant);
                return true;
            case "bpf_refcount_acquire_impl":
                result = OwnObject(call.ObjectTypes!, call.ObjectId);
                return true;
            case "bpf_list_pop_front" or "bpf_list_pop_back" or "bpf_rbtree_remove" or "bpf_list_front" or "bpf_list_back"
                or "bpf_rbtree_first" or "bpf_rbtree_root" or "bpf_rbtree_left" or "bpf_rbtree_right":
                result = OwnObject(call.Root!.Types!, call.Root.TargetId);
                result.Offset = call.Root.NodeOffset;
                if (!call.Is(KfuncTraits.Acquires))
                {
                    SetNonOwning(ref result);
                }

                return true;
            default:
                return false;
        }
    }

    private static RegisterState OwnObject(BtfGraph types, uint id)
    {
        RegisterState value = RegisterState.Pointer(RegisterType.BtfObject, TypeFlags.Allocated);
        value.Types = types;
        value.BtfId = id;
        return value;
    }

    private void SetNonOwning(ref RegisterState value)
    {
        value.Flags |= TypeFlags.NonOwning;
        if (Array.Exists(Special.Of(value), field => field.Kind == SpecialFieldKind.Refcount))
        {
            value.Flags |= TypeFlags.Rcu;
        }
    }

    private void CheckObjectType(KfuncCall call)
    {
        if (call.Constant > uint.MaxValue)
        {
            Reject(Errno.EINVAL, $"local type ID argument must be in range [0, U32_MAX]");
        }

        if (_request.Btf is not { } types)
        {
            Reject(Errno.EINVAL, $"bpf_obj_new/bpf_percpu_obj_new requires prog BTF");
            return;
        }

        if (!types.TryGetType((uint)call.Constant, out BtfType? type) || type is not BtfStruct)
        {
            Reject(Errno.EINVAL, $"bpf_obj_new/bpf_percpu_obj_new type ID argument must be of a struct");
        }
    }

    private void ActOnGraph(KfuncCall call)
    {
        switch (call.Name)
        {
            case "bpf_obj_new_impl":
                CheckObjectType(call);
                break;
            case "bpf_rbtree_add_impl":
                int node = Register(2).ReferenceId;
                PushTreeComparison(call, call.Callback);
                GiveAway(node);
                break;
            case "bpf_list_push_front_impl" or "bpf_list_push_back_impl":
                GiveAway(Register(2).ReferenceId);
                break;
            default:
                break;
        }
    }

    /// <summary>The list or tree owns the object from now on; the path keeps pointers without ownership.</summary>
    private void GiveAway(int reference)
    {
        ForEachRegister(_state, (ref RegisterState value) =>
        {
            if (value.ReferenceId != reference)
            {
                return false;
            }

            value.ReferenceId = 0;
            SetNonOwning(ref value);
            return true;
        });
        _ = _state.References.RemoveAll(held => held.Kind == ReferenceKind.Pointer && held.Id == reference);
    }

    /// <summary>Once the lock is given back, others may free what the lists and trees hold.</summary>
    private void ForgetNonOwning() =>
        ForEachRegister(_state, (ref RegisterState value) =>
        {
            if ((value.Flags & TypeFlags.NonOwning) == 0)
            {
                return false;
            }

            value = Privileged ? RegisterState.Unknown : default;
            return true;
        });

    /// <summary>The comparison of a tree: called with two of its objects while the lock is held.</summary>
    private void PushTreeComparison(KfuncCall call, int function)
    {
        VerifierState state = Copy(_state);
        FunctionState callee = Enter(state, function, _index);
        callee.Callback = CallbackKind.TreeLess;
        for (int i = 1; i <= 2; i++)
        {
            RegisterState node = OwnObject(call.Root!.Types!, call.Root.TargetId);
            node.Offset = call.Root.NodeOffset;
            SetNonOwning(ref node);
            callee.Registers[i] = node;
        }

        state.Current.CallbackDepth++;
        state.Frames.Add(callee);
        PushState(state, _structure.Starts[function], _index);
        Frame.CallbackDepth = 0;
    }

    /// <summary>Access to an object of the program's own: anything but its special fields.</summary>
    private RegisterState CheckOwnObject(in RegisterState pointer, int register, long at, int size)
    {
        if (pointer.ReferenceId == 0 && (pointer.Flags & (TypeFlags.NonOwning | TypeFlags.Rcu)) == 0)
        {
            Reject(Errno.EFAULT, $"allocated object must be referenced");
        }

        foreach (SpecialField field in Special.Of(pointer))
        {
            if (at < field.Offset + field.Size && field.Offset < at + size)
            {
                Reject(Errno.EACCES, $"direct access to {field.Name} is disallowed");
            }
        }

        TypedField found = ObjectWalk.Find(pointer.Types!, pointer.BtfId, at, size);
        if (found.Error is { } error)
        {
            Reject(Errno.EACCES, $"{error}");
        }

        _ = register;
        return RegisterState.Unknown;
    }
}
