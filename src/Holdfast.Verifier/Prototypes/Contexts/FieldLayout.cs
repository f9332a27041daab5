using System.Collections.Immutable;
using Holdfast.Btf;

namespace Holdfast.Verifier.Prototypes;

/// <summary>A context that is a structure of fields, each with its rule; bytes of no field are out of bounds.</summary>
internal sealed class FieldLayout : ContextLayout
{
    private readonly ImmutableArray<ContextField> _fields;

    public FieldLayout(string name, int size, params ContextField[] fields)
    {
        Name = name;
        Size = size;
        _fields = [.. fields];
        PointerSlots = fields.Max(field => field.Slot) + 1;
    }

    public override string Name { get; }

    public override int Size { get; }

    public override int PointerSlots { get; }

    public override bool TryAccess(int offset, int size, bool write, VerificationRequest request, out ContextAccess access)
    {
        access = default;
        if (offset < 0 || offset >= Size || offset % size != 0)
        {
            return false;
        }

        foreach (ContextField field in _fields)
        {
            if (field.Covers(offset))
            {
                return field.Allows(offset, size, write, request) && TryDescribe(field, write, request, out access);
            }
        }

        return false;
    }

    private bool TryDescribe(ContextField field, bool write, VerificationRequest request, out ContextAccess access)
    {
        uint btfTypeId = 0;
        if (field.BtfType is { } name && !TryFindStruct(request, name, out btfTypeId))
        {
            access = default;
            return false;
        }

        access = new ContextAccess
        {
            Kind = field.Kind,
            MaybeNull = field.MaybeNull,
            IsTrusted = field.BtfType is not null,
            BtfTypeId = btfTypeId,
            PointerSlotOffset = field.Slot >= 0 ? PointerSlotOffset(field.Slot) : -1,
            StoreSize = write ? field.StoreSize : 0,
        };
        return true;
    }

    private static bool TryFindStruct(VerificationRequest request, string name, out uint typeId)
    {
        typeId = request.KernelBtf?.FindByName<BtfStruct>(name)?.Id ?? 0;
        return typeId != 0;
    }
}
