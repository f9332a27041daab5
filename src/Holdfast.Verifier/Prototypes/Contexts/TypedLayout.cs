using Holdfast.Btf;
using Holdfast.Isa.Abi;

namespace Holdfast.Verifier.Prototypes;

/// <summary>
/// The arguments of what a program is attached to, 8 bytes each, typed by the kernel's BTF (<c>btf_ctx_access</c>): numbers are
/// numbers, pointers to structures are pointers to kernel objects, other pointers are numbers.
/// </summary>
internal sealed class TypedLayout : ContextLayout
{
    private const int MostArguments = 12;

    public override string Name => "args";

    public override int Size => MostArguments * 8;

    public override int PointerSlots => 0;

    public override bool TryAccess(int offset, int size, bool write, VerificationRequest request, out ContextAccess access)
    {
        access = default;
        if (write || offset < 0 || offset >= Size || offset % 8 != 0 || AttachTarget.Find(request, out _) is not { } target)
        {
            return false;
        }

        int index = ArgumentAt(target, offset);
        int count = target.Prototype.Parameters.Length - target.SkippedParameters;
        return index < count ? TryParameter(target, index, offset, size, request, out access)
            : index == count && TryResult(target, size, request, out access);
    }

    /// <summary>Structures passed by value take several words (<c>btf_ctx_arg_idx</c>).</summary>
    private static int ArgumentAt(AttachTarget target, int offset)
    {
        int end = 0;
        for (int i = 0; i < target.Prototype.Parameters.Length; i++)
        {
            end += WordsOf(target.Types, target.Prototype.Parameters[i].TypeId) * 8;
            if (offset < end)
            {
                return i;
            }
        }

        end += WordsOf(target.Types, target.Prototype.ReturnTypeId) * 8;
        return target.Prototype.Parameters.Length + (offset < end ? 0 : 1);
    }

    private static int WordsOf(BtfGraph types, uint typeId) => types.Resolve(typeId) switch
    {
        BtfComposite composite => (int)((composite.Size + 7) / 8),
        BtfInt number => (int)((number.Size + 7) / 8),
        BtfVoid => 0,
        _ => 1,
    };

    private static bool TryParameter(AttachTarget target, int index, int offset, int size, VerificationRequest request, out ContextAccess access)
    {
        BtfType type = target.Types.Resolve(target.Prototype.Parameters[index + target.SkippedParameters].TypeId);
        access = Number;
        if (IsNumber(type))
        {
            return true;
        }

        if (type is not BtfPointer pointer || size != 8)
        {
            return false;
        }

        if (IteratorArguments.TryFind(target.Name, offset, request, out IteratorArgument special) && special.Buffer is { } buffer)
        {
            access = new ContextAccess { Kind = buffer, MaybeNull = true, PointerSlotOffset = -1 };
            return true;
        }

        switch (target.Types.Resolve(pointer.TypeId))
        {
            case BtfComposite:
                access = Pointer(target, pointer, index, request, special);
                return true;
            case BtfVoid or BtfInt:
                return true;
            default:
                return false;
        }
    }

    private static bool TryResult(AttachTarget target, int size, VerificationRequest request, out ContextAccess access)
    {
        access = Number with { IsReturnValue = request.AttachType == AttachType.LsmMac };
        BtfType type = target.Types.Resolve(target.Prototype.ReturnTypeId);
        switch (request.AttachType)
        {
            case AttachType.ModifyReturn:
                return type is BtfInt;
            case AttachType.LsmMac or AttachType.LsmCgroup or AttachType.TraceFexit when IsNumber(type):
                return true;
            case AttachType.LsmMac or AttachType.LsmCgroup or AttachType.TraceFexit when type is BtfPointer pointer && size == 8:
                access = target.Types.Resolve(pointer.TypeId) is BtfComposite
                    ? Number with { Kind = ContextFieldKind.BtfPointer, BtfTypeId = target.Types.SkipModifiers(pointer.TypeId) }
                    : Number;
                return true;
            default:
                return false;
        }
    }

    private static ContextAccess Pointer(AttachTarget target, BtfPointer pointer, int index, VerificationRequest request, IteratorArgument special)
    {
        bool isTracepoint = request.AttachType == AttachType.TraceRawTp;
        int nullness = isTracepoint ? TracepointNulls.Of(target.Name, index) : 0;
        if ((nullness & TracepointNulls.MayBeError) != 0)
        {
            return Number;
        }

        string? tag = (target.Types[pointer.TypeId] as BtfTypeTag)?.Name;
        return Number with
        {
            Kind = ContextFieldKind.BtfPointer,
            BtfTypeId = target.Types.SkipModifiers(pointer.TypeId),
            IsTrusted = special.Exists ? special.IsTrusted : AreTrusted(target, request),
            MaybeNull = special.Exists || (nullness & TracepointNulls.MayBeNull) != 0 || IsNamedNullable(target, index),
            IsUserMemory = tag == "user",
            IsPerCpu = tag == "percpu",
        };
    }

    private static ContextAccess Number => new() { Kind = ContextFieldKind.Scalar, PointerSlotOffset = -1 };

    private static bool IsNumber(BtfType type) => type is BtfInt { Size: <= 8 } or BtfEnumeration or BtfComposite;

    private static bool IsNamedNullable(AttachTarget target, int index)
    {
        BtfFunctionPrototype named = target.Named ?? target.Prototype;
        int parameter = index + target.SkippedParameters;
        return parameter < named.Parameters.Length && named.Parameters[parameter].Name.EndsWith("__nullable", StringComparison.Ordinal);
    }

    /// <summary>Whether arguments are known to be alive (<c>prog_args_trusted</c>).</summary>
    private static bool AreTrusted(AttachTarget target, VerificationRequest request) => request.Type.Type switch
    {
        ProgramType.Tracing => request.AttachType is AttachType.TraceRawTp or AttachType.TraceIter,
        ProgramType.Lsm => target.Name is not ("bpf_lsm_bpf_map_free" or "bpf_lsm_bpf_prog_free" or "bpf_lsm_file_alloc_security"
            or "bpf_lsm_file_free_security" or "bpf_lsm_sk_alloc_security" or "bpf_lsm_sk_free_security" or "bpf_lsm_task_free"),
        ProgramType.StructOps => true,
        _ => false,
    };
}
