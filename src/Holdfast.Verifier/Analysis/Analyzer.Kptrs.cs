using Holdfast.Btf;
using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;
using Holdfast.Verifier.Domains;

namespace Holdfast.Verifier.Analysis;

/// <content>Pointers to objects in map values (<c>check_map_kptr_access</c>, <c>process_kptr_func</c>).</content>
internal sealed partial class Analyzer
{
    /// <summary>Types whose objects outlive an RCU section that reads them (<c>rcu_protected_types</c>).</summary>
    private static bool IsProtectedByRcu(SpecialField field, BtfGraph? kernel) =>
        !ReferenceEquals(field.Types, kernel) || field.Types!.NameOf(field.TargetId) is "cpumask" or "bpf_cpumask" or "task_struct" or "cgroup" or "prog_test_ref_kfunc" or "bpf_crypto_ctx";

    private RegisterState CheckKptrAccess(in RegisterState pointer, SpecialField field, long at, int size, bool write, int value)
    {
        if (!pointer.Range.IsConst)
        {
            Reject(Errno.EACCES, $"kptr access cannot have variable offset");
        }

        if (field.Offset != at + pointer.Range.SignedMin)
        {
            Reject(Errno.EACCES, $"kptr access misaligned expected={field.Offset} off={at + pointer.Range.SignedMin}");
        }

        if (size != 8)
        {
            Reject(Errno.EACCES, $"kptr access size must be BPF_DW");
        }

        Instruction instruction = _code[_index];
        if (instruction.Class is not (InstructionClass.Ldx or InstructionClass.St or InstructionClass.Stx) || instruction.MemoryMode != MemoryMode.Mem)
        {
            Reject(Errno.EACCES, $"kptr in map can only be accessed using BPF_MEM instruction mode");
        }

        if (field.Types is null || field.Kind is SpecialFieldKind.PerCpuKptr or SpecialFieldKind.UserPointer)
        {
            Reject(Errno.EACCES, $"kptrs of this kind are not supported by Holdfast's verifier yet");
            return default;
        }

        if (!write)
        {
            RegisterState loaded = KptrOf(field, TypeFlags.MaybeNull);
            bool alive = field.Kind == SpecialFieldKind.Kptr && InRcuSection && IsProtectedByRcu(field, _request.KernelBtf);
            loaded.Flags |= alive ? TypeFlags.Rcu : TypeFlags.Untrusted;
            if (alive && ReferenceEquals(field.Types, _request.KernelBtf))
            {
                loaded.Flags &= ~TypeFlags.Allocated;
            }

            if (alive && (loaded.Flags & TypeFlags.Allocated) != 0 && Array.Exists(Special.Of(field.Types, field.TargetId), static found => found.Kind.IsNode()))
            {
                loaded.Flags |= TypeFlags.NonOwning;
            }

            loaded.Id = NewId();
            return loaded;
        }

        if (field.Kind == SpecialFieldKind.Kptr)
        {
            Reject(Errno.EACCES, $"store to referenced kptr disallowed");
        }

        if (value < 0)
        {
            if (instruction.Immediate != 0)
            {
                Reject(Errno.EACCES, $"BPF_ST imm must be 0 when storing to kptr at off={field.Offset}");
            }

            return default;
        }

        if (!Register(value).IsNull)
        {
            MatchKptr(field, value, Register(value));
        }

        return default;
    }

    private RegisterState KptrOf(SpecialField field, TypeFlags flags)
    {
        if (!ReferenceEquals(field.Types, _request.KernelBtf))
        {
            flags |= TypeFlags.Allocated;
        }

        RegisterState loaded = RegisterState.Pointer(RegisterType.BtfObject, flags);
        loaded.Types = field.Types;
        loaded.BtfId = field.TargetId;
        return loaded;
    }

    /// <summary>What is put into a kptr must be of its type (<c>map_kptr_match_type</c>).</summary>
    private static void MatchKptr(SpecialField field, int register, in RegisterState value)
    {
        TypeFlags allowed = field.Kind == SpecialFieldKind.UntrustedKptr
            ? TypeFlags.Untrusted | TypeFlags.Trusted | TypeFlags.Rcu | TypeFlags.MaybeNull
            : TypeFlags.Trusted | TypeFlags.Allocated | TypeFlags.MaybeNull;
        string wanted = field.Types!.NameOf(field.TargetId);
        bool same = value.Type == RegisterType.BtfObject && (value.Flags & ~allowed) == 0 && ReferenceEquals(value.Types, field.Types)
            && value.Range.IsConst && value.Range.ConstValue == 0
            && (field.Kind == SpecialFieldKind.Kptr ? value.BtfId == field.TargetId && value.Offset == 0 : ObjectWalk.IsOrStartsWith(value.Types!, value.BtfId, value.Offset, wanted));
        if (!same)
        {
            Reject(Errno.EACCES, $"invalid kptr access, R{register} type={value.TypeName} expected=ptr_{wanted}");
        }
    }

    /// <summary>The kptr that <c>bpf_kptr_xchg</c> works on.</summary>
    private void UseKptr(HelperCallInfo call, int register, in RegisterState value)
    {
        if (!value.Range.IsConst)
        {
            Reject(Errno.EINVAL, $"R{register} doesn't have constant offset. kptr has to be at the constant offset");
        }

        if (!Array.Exists(Special.Of(value), field => field.Kind.IsKptr()))
        {
            Reject(Errno.EINVAL, $"R{register} has no valid kptr");
        }

        long at = value.Offset + value.Range.SignedMin;
        if (Special.At(value, at) is not { } kptr || !kptr.Kind.IsKptr())
        {
            Reject(Errno.EACCES, $"off={at} doesn't point to kptr");
            return;
        }

        if (kptr.Kind != SpecialFieldKind.Kptr || kptr.Types is null)
        {
            Reject(Errno.EACCES, $"off={at} kptr isn't referenced kptr");
        }

        call.Kptr = kptr;
        InstructionNotes.Merge(ref _notes[_index].MapIndex, -1);
    }
}
