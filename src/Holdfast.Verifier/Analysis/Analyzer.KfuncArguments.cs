using Holdfast.Btf;
using Holdfast.Isa.Abi;
using Holdfast.Verifier.Domains;
using Holdfast.Verifier.Prototypes;

namespace Holdfast.Verifier.Analysis;

/// <content>Arguments of kernel functions (<c>check_kfunc_args</c>): what each wants is in its type and in the ending of its name.</content>
internal sealed partial class Analyzer
{
    private void CheckKfuncArguments(KfuncCall call)
    {
        for (int i = 0; i < call.Prototype.Parameters.Length && i < 5; i++)
        {
            BtfParameter parameter = call.Prototype.Parameters[i];
            if (HasEnding(parameter, "__ign") || HasEnding(parameter, "__prog"))
            {
                continue;
            }

            int register = i + 1;
            BtfType type = call.Types.Resolve(parameter.TypeId);
            CheckRead(register);
            switch (type)
            {
                case BtfInt or BtfEnumeration:
                    CheckKfuncNumber(call, register, parameter);
                    break;
                case BtfPointer pointer:
                    CheckKfuncPointer(call, i, parameter, pointer);
                    break;
                default:
                    Reject(Errno.EINVAL, $"Unrecognized arg#{i} type {type.Kind}");
                    break;
            }
        }

        if (call.Is(KfuncTraits.Releases) && call.ReleasedReference == 0)
        {
            Reject(Errno.EINVAL, $"release kernel function {call.Name} expects refcounted PTR_TO_BTF_ID");
        }
    }

    private static bool HasEnding(in BtfParameter parameter, string ending) => parameter.Name.EndsWith(ending, StringComparison.Ordinal);

    private void CheckKfuncNumber(KfuncCall call, int register, in BtfParameter parameter)
    {
        if (!Register(register).IsScalar)
        {
            Reject(Errno.EINVAL, $"R{register} is not a scalar");
        }

        if (HasEnding(parameter, "__k") || HasEnding(parameter, "__szk"))
        {
            if (!Register(register).IsConstant)
            {
                Reject(Errno.EINVAL, $"R{register} must be a known constant");
            }

            MarkPrecise(register);
            call.Constant = Register(register).Range.ConstValue;
            call.HasConstant = true;
        }
    }

    private void CheckKfuncPointer(KfuncCall call, int index, in BtfParameter parameter, BtfPointer pointer)
    {
        int register = index + 1;
        RegisterState value = Register(register);
        uint target = call.Types.SkipModifiers(pointer.TypeId);
        bool nullable = HasEnding(parameter, "__nullable") || HasEnding(parameter, "__opt");
        bool trusted = call.Is(KfuncTraits.TrustedArguments | KfuncTraits.Releases | KfuncTraits.Rcu);
        if (trusted && !nullable && (value.IsNull || value.MaybeNull))
        {
            Reject(Errno.EACCES, $"Possibly NULL pointer passed to trusted arg{index}");
        }

        if (value.ReferenceId != 0)
        {
            if (call.Is(KfuncTraits.Releases) && call.Reference != 0)
            {
                Reject(Errno.EFAULT, $"more than one arg with ref_obj_id R{register} {value.ReferenceId} {call.Reference}");
            }

            call.Reference = value.ReferenceId;
            if (call.Is(KfuncTraits.Releases) && value.Type == RegisterType.BtfObject)
            {
                call.ReleasedReference = value.ReferenceId;
            }
        }

        if (nullable && value.IsNull)
        {
            return;
        }

        BtfType type = call.Types[target];
        if (CheckSpecialPointer(call, index, parameter, type))
        {
            return;
        }

        if (type is BtfComposite composite && value.Type is RegisterType.BtfObject or RegisterType.Socket or RegisterType.SockCommon or RegisterType.TcpSock)
        {
            CheckKfuncObject(call, register, composite);
            return;
        }

        CheckKfuncMemory(call, index, parameter, type);
    }

    /// <summary>Contexts, maps, iterators, dynptrs, strings: arguments that are known by their type's name.</summary>
    private bool CheckSpecialPointer(KfuncCall call, int index, in BtfParameter parameter, BtfType type)
    {
        int register = index + 1;
        RegisterState value = Register(register);
        if (HasEnding(parameter, "__map"))
        {
            if (value.Type != RegisterType.Map)
            {
                Reject(Errno.EINVAL, $"kernel function {call.Name} args#{index} expected pointer to STRUCT bpf_map but R{register} has a pointer to {value.TypeName}");
            }

            call.Map = value.Map;
            return true;
        }

        if (index == 0 && call.Is(KfuncTraits.IteratorNew | KfuncTraits.IteratorNext | KfuncTraits.IteratorDestroy))
        {
            CheckIteratorArgument(call, register, type.Id);
            return true;
        }

        if (HasEnding(parameter, "__str"))
        {
            CheckKfuncString(register, index);
            return true;
        }

        switch (type.Name)
        {
            case "bpf_dynptr":
                CheckKfuncDynptr(call, register, parameter);
                return true;
            case "bpf_wq" or "bpf_res_spin_lock" or "bpf_task_work":
                Reject(Errno.EINVAL, $"kernel function {call.Name} is not supported");
                return true;
            default:
                break;
        }

        if (CheckGraphArgument(call, index, parameter, type))
        {
            return true;
        }

        if (type is BtfFunctionPrototype)
        {
            if (value.Type != RegisterType.Function)
            {
                Reject(Errno.EINVAL, $"arg{index} expected pointer to func");
            }

            call.Callback = value.Extent;
            InstructionNotes.Merge(ref _notes[_index].Subprogram, value.Extent);
            return true;
        }

        if (HasEnding(parameter, "__irq_flag"))
        {
            Reject(Errno.EINVAL, $"kernel function {call.Name} is not supported");
        }

        if (value.Type == RegisterType.Context || IsContextType(type.Name))
        {
            if (value.Type != RegisterType.Context)
            {
                Reject(Errno.EINVAL, $"arg#{index} expected pointer to ctx, but got {value.TypeName}");
            }

            CheckPlainPointer(value, register, fixedAllowed: false);
            return true;
        }

        return false;
    }

    private bool IsContextType(string name) => _request.Type.Context is { } context && (context.Name == name || (name == "xdp_md" && context.Name == "xdp_md"));

    private void CheckKfuncObject(KfuncCall call, int register, BtfComposite wanted)
    {
        RegisterState value = Register(register);
        if (value.MaybeNull)
        {
            Reject(Errno.EACCES, $"Possibly NULL pointer passed to trusted arg{register - 1}");
        }

        if (call.Is(KfuncTraits.TrustedArguments | KfuncTraits.Releases | KfuncTraits.Rcu) && !IsTrustedReference(value))
        {
            if (!call.Is(KfuncTraits.Rcu))
            {
                Reject(Errno.EINVAL, $"R{register} must be referenced or trusted");
            }

            if ((value.Flags & TypeFlags.Rcu) == 0)
            {
                Reject(Errno.EINVAL, $"R{register} must be a rcu pointer");
            }
        }

        if (call.Is(KfuncTraits.Releases) && value.ReferenceId != 0 && (value.Offset != 0 || !value.Range.IsConst || value.Range.ConstValue != 0))
        {
            Reject(Errno.EINVAL, $"R{register} must have zero offset when passed to release func or trusted arg to kfunc");
        }

        CheckPlainPointer(value, register, fixedAllowed: true);
        (string Name, bool Same) held = HeldType(call, value, wanted);
        if (!held.Same)
        {
            Reject(Errno.EINVAL, $"kernel function {call.Name} args#{register - 1} expected pointer to STRUCT {wanted.Name} but R{register} has a pointer to STRUCT {held.Name}");
        }
    }

    /// <summary>Alive for sure: a reference is held, or the kernel vouches for it (<c>is_trusted_reg</c>).</summary>
    private static bool IsTrustedReference(in RegisterState value) =>
        value.ReferenceId != 0
        || (value.Type is not RegisterType.BtfObject && (value.Flags & TypeFlags.Untrusted) == 0)
        || ((value.Flags & TypeFlags.Trusted) != 0 && (value.Flags & (TypeFlags.Untrusted | TypeFlags.Rcu)) == 0);

    /// <summary>
    /// Compares the type behind a pointer with the wanted one: the same structure, or (where nothing is acquired or released) the first member that is
    /// embedded in it at the pointer's offset.
    /// </summary>
    private static (string Name, bool Same) HeldType(KfuncCall call, in RegisterState value, BtfComposite wanted)
    {
        string held = value.Type switch
        {
            RegisterType.Socket => "sock",
            RegisterType.SockCommon => "sock_common",
            RegisterType.TcpSock => "tcp_sock",
            _ => value.Types!.NameOf(value.BtfId),
        };
        BtfGraph types = value.Type == RegisterType.BtfObject ? value.Types! : call.Types;
        if (!ReferenceEquals(types, call.Types))
        {
            return (held, false);
        }

        uint id = value.Type == RegisterType.BtfObject ? value.BtfId : call.Types.FindByName<BtfStruct>(held)?.Id ?? 0;
        bool strict = call.Is(KfuncTraits.Acquires | KfuncTraits.Releases);
        long offset = value.Offset;
        while (true)
        {
            if (id == wanted.Id && offset == 0)
            {
                return (held, true);
            }

            if (offset == 0 && strict)
            {
                return (held, false);
            }

            if (types[id] is not BtfStruct structure)
            {
                return (held, false);
            }

            uint next = 0;
            foreach (BtfMember member in structure.Members)
            {
                uint inner = types.SkipModifiers(member.TypeId);
                if (types[inner] is BtfStruct part && !member.IsBitfield && member.ByteOffset <= offset && offset < member.ByteOffset + part.Size)
                {
                    next = inner;
                    offset -= member.ByteOffset;
                    break;
                }
            }

            if (next == 0)
            {
                return (held, false);
            }

            id = next;
        }
    }

    /// <summary>Memory: with the size in the next argument, or of the size of its type, which must be made of numbers only.</summary>
    private void CheckKfuncMemory(KfuncCall call, int index, in BtfParameter parameter, BtfType type)
    {
        int register = index + 1;
        RegisterState value = Register(register);
        bool hasSize = index + 1 < call.Prototype.Parameters.Length
            && (HasEnding(call.Prototype.Parameters[index + 1], "__sz") || HasEnding(call.Prototype.Parameters[index + 1], "__szk"));
        if (!hasSize)
        {
            if (SizeOfType(call.Types, type.Id) is not { } size || !IsMadeOfNumbers(call.Types, type.Id, 0))
            {
                Reject(Errno.EINVAL, $"arg#{index} pointer type {type.Kind.ToString().ToUpperInvariant()} {type.Name} must point to scalar, or struct with scalar");
                return;
            }

            CheckHelperMemory(value, register, size, writes: true, zeroSizeAllowed: false, fills: false);
            return;
        }

        bool optional = HasEnding(parameter, "__opt");
        if (optional && value.IsNull)
        {
            return;
        }

        CheckMemoryAndSize(register, index);
    }

    private void CheckMemoryAndSize(int register, int index)
    {
        RegisterState memory = Register(register);
        RegisterState size = Register(register + 1);
        bool bounded = size.IsScalar && size.Range.SignedMin >= 0 && size.Range.UnsignedMax < MaximumMemorySize;
        if (!bounded || (memory.IsScalar && !(memory.IsNull && size.Range.UnsignedMax == 0)))
        {
            Reject(Errno.EACCES, $"arg#{index} arg#{index + 1} memory, len pair leads to invalid memory access");
        }

        CheckHelperMemory(memory, register, (long)size.Range.UnsignedMax, writes: true, zeroSizeAllowed: true, fills: false);
        MarkPrecise(register + 1);
    }

    private void CheckKfuncString(int register, int index)
    {
        if (Register(register).Type != RegisterType.MapValue)
        {
            Reject(Errno.EINVAL, $"arg#{index} doesn't point to a const string");
        }

        CheckConstantString(register, Register(register));
    }

    private static bool IsMadeOfNumbers(BtfGraph types, uint id, int depth) => types.Resolve(id) switch
    {
        BtfInt or BtfEnumeration or BtfFloat => true,
        BtfStruct structure => depth < 4 && structure.Members.All(member => IsMadeOfNumbers(types, member.TypeId, depth + 1)),
        BtfArray array => IsMadeOfNumbers(types, array.ElementTypeId, depth),
        _ => false,
    };
}
