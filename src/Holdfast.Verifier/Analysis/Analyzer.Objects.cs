using Holdfast.Btf;
using Holdfast.Isa.Abi;
using Holdfast.Verifier.Prototypes;

namespace Holdfast.Verifier.Analysis;

/// <content>Kernel objects typed by BTF (<c>check_ptr_to_btf_access</c>).</content>
internal sealed partial class Analyzer
{
    private static bool IsTrusted(in RegisterState value) =>
        value.ReferenceId != 0 || ((value.Flags & TypeFlags.Trusted) != 0 && (value.Flags & TypeFlags.Untrusted) == 0);

    /// <summary>Fields that are as trusted as their object (<c>BTF_TYPE_SAFE_TRUSTED</c>), by type and pointed-to type.</summary>
    private static bool IsTrustedField(string type, string pointedTo) => (type, pointedTo) is
        ("bpf_iter_meta", "seq_file") or ("bpf_iter__task", "task_struct") or ("linux_binprm", "file") or ("file", "inode");

    /// <summary>Loads through typed pointers are run with faults caught, so staleness is harmless; only type and bounds matter.</summary>
    private RegisterState CheckTypedObject(in RegisterState pointer, int register, long at, int size, bool write, int value)
    {
        BtfGraph types = pointer.Types!;
        string name = types[pointer.BtfId].Name;
        if (!pointer.Range.IsConst || pointer.Range.ConstValue != 0)
        {
            Reject(Errno.EACCES, $"R{register} is ptr_{name} invalid variable offset: off={at}, var_off={pointer.VarOff}");
        }

        if (at < 0)
        {
            Reject(Errno.EACCES, $"R{register} is ptr_{name} invalid negative access: off={at}");
        }

        if ((pointer.Flags & TypeFlags.User) != 0)
        {
            Reject(Errno.EACCES, $"R{register} is ptr_{name} access user memory: off={at}");
        }

        if ((pointer.Flags & TypeFlags.PerCpu) != 0)
        {
            Reject(Errno.EACCES, $"R{register} is ptr_{name} access percpu memory: off={at}");
        }

        if ((pointer.Flags & TypeFlags.Allocated) != 0 && (pointer.Flags & TypeFlags.Untrusted) == 0)
        {
            return CheckOwnObject(pointer, register, at, size);
        }

        if (write)
        {
            Reject(Errno.EACCES, $"only read is supported");
        }

        _ = value;
        TypedField field = ObjectWalk.Find(types, pointer.BtfId, at, size);
        if (field.Error is { } error)
        {
            Reject(Errno.EACCES, $"{error}");
        }

        if (field.PointedTo == 0)
        {
            return RegisterState.Unknown;
        }

        // A pointer found in an object may be stale or null: it can only be read on from, or handed to what takes untrusted pointers.
        TypeFlags flags = field.Flags | (pointer.Flags & TypeFlags.Untrusted);
        bool isTrusted = IsTrusted(pointer);
        if (isTrusted && IsTrustedField(name, types[field.PointedTo].Name))
        {
            flags |= TypeFlags.Trusted;
        }
        else if (isTrusted && _state.IsSleepable && _state.RcuDepth == 0)
        {
            flags |= TypeFlags.Untrusted;
        }

        RegisterState loaded = RegisterState.Pointer(RegisterType.BtfObject, flags);
        loaded.BtfId = field.PointedTo;
        loaded.Types = types;
        return loaded;
    }

    private void CheckObjectBytes(in RegisterState pointer, int register, long size) =>
        _ = CheckTypedObject(pointer, register, pointer.Offset, (int)size, write: false, DiscardedValue);

    private static void CheckArgumentObject(HelperCallInfo call, HelperArgument argument, ArgumentType type, int register, in RegisterState value)
    {
        _ = call;
        if (value.MaybeNull && (argument.Flags & ArgumentFlags.MaybeNull) == 0)
        {
            Reject(Errno.EACCES, $"Possibly NULL pointer passed to helper arg{register}");
        }

        if (call.Kptr is { } kptr)
        {
            MatchKptr(kptr, register, value);
            return;
        }

        string wanted = type == ArgumentType.PointerToBtfIdSockCommon ? "sock_common" : argument.BtfType ?? "";
        if (wanted.Length > 0 && !ObjectWalk.IsOrStartsWith(value.Types!, value.BtfId, value.Offset, wanted))
        {
            Reject(Errno.EACCES, $"R{register} is of type {value.Types![value.BtfId].Name} but {wanted} is expected");
        }
    }

    private RegisterState TypedResult(HelperCallInfo call, TypeFlags flags)
    {
        if (call.Kptr is { } kptr)
        {
            return KptrOf(kptr, flags);
        }

        if (call.Prototype.ReturnBtfType is not { } name)
        {
            Reject(Errno.EINVAL, $"func {call.Prototype.Name} returns a type that is not supported by Holdfast's verifier yet");
            return default;
        }

        return KernelObject(name, flags);
    }
}
