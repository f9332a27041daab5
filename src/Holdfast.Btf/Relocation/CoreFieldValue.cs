using Holdfast.Btf.Extension;

namespace Holdfast.Btf.Relocation;

/// <summary>What one relocation asks of one spec.</summary>
/// <param name="Value">The answer.</param>
/// <param name="Size">Bytes that a load or store of the field moves; 0 if that doesn't apply.</param>
/// <param name="TypeId">Type that is loaded or stored.</param>
/// <param name="IsExact">Whether the compiler must have come to the same answer.</param>
internal readonly record struct CoreFieldValue(ulong Value, uint Size, uint TypeId, bool IsExact)
{
    /// <summary>Computes the answer of a field relocation; returns why there is none, or null.</summary>
    public static string? TryCompute(CoreRelocationKind kind, CoreSpec spec, out CoreFieldValue value)
    {
        CoreAccess last = spec.Last;
        return last.Name is null ? TryElement(kind, spec, last, out value) : TryMember(kind, spec, last, out value);
    }

    private static string? TryElement(CoreRelocationKind kind, CoreSpec spec, CoreAccess last, out CoreFieldValue value)
    {
        bool sized = spec.Graph.TryGetSize(last.TypeId, out uint size);
        value = kind == CoreRelocationKind.FieldByteOffset
            ? new(spec.BitOffset / 8, size, last.TypeId, true)
            : new(size, 0, 0, true);
        return kind is not (CoreRelocationKind.FieldByteOffset or CoreRelocationKind.FieldByteSize)
            ? "the relocation can't be applied to an array element"
            : sized ? null : "the element has no size";
    }

    private static string? TryMember(CoreRelocationKind kind, CoreSpec spec, CoreAccess last, out CoreFieldValue value)
    {
        value = default;
        var composite = (BtfComposite)spec.Graph[last.TypeId];
        BtfMember member = composite.Members[(int)last.Index];
        uint typeId = spec.Graph.SkipModifiers(member.TypeId);
        if (!spec.Graph.TryGetSize(typeId, out uint byteSize))
        {
            return "the field has no size";
        }

        ulong byteOffset = spec.BitOffset / 8;
        uint bits = byteSize * 8;
        if (member.IsBitfield)
        {
            bits = member.BitfieldSize;
            if (!TryPlaceBitfield(spec.BitOffset, bits, ref byteSize, out byteOffset))
            {
                return "the bitfield cannot be read by one load";
            }
        }

        value = Answer(kind, spec, typeId, member.IsBitfield, byteOffset, byteSize, bits);
        return null;
    }

    private static CoreFieldValue Answer(
        CoreRelocationKind kind, CoreSpec spec, uint typeId, bool bitfield, ulong byteOffset, uint byteSize, uint bits)
    {
        switch (kind)
        {
            case CoreRelocationKind.FieldByteOffset when bitfield:
                return new(byteOffset, 0, 0, false);
            case CoreRelocationKind.FieldByteOffset:
                uint element = ElementOf(spec.Graph, typeId);
                spec.Graph.TryGetSize(element, out uint size);
                return new(byteOffset, size, element, true);
            case CoreRelocationKind.FieldByteSize:
                return new(byteSize, 0, 0, !bitfield);
            case CoreRelocationKind.FieldSigned:
                bool signed = spec.Graph[typeId] is BtfInt { IsSigned: true } or BtfEnumeration { IsSigned: true };
                return new(signed ? 1u : 0u, 0, 0, true);
            case CoreRelocationKind.FieldLeftShift when spec.Graph.IsBigEndian:
                return new(((8 - byteSize) * 8) + (spec.BitOffset - (byteOffset * 8)), 0, 0, !bitfield);
            case CoreRelocationKind.FieldLeftShift:
                return new(64 - (spec.BitOffset + bits - (byteOffset * 8)), 0, 0, !bitfield);
            default:
                return new(64 - bits, 0, 0, true);
        }
    }

    /// <summary>The smallest aligned word of at least the field's type that holds all bits.</summary>
    private static bool TryPlaceBitfield(ulong bitOffset, uint bits, ref uint byteSize, out ulong byteOffset)
    {
        byteOffset = 0;
        if (byteSize == 0)
        {
            return false;
        }

        byteOffset = bitOffset / 8 / byteSize * byteSize;
        while (bitOffset + bits - (byteOffset * 8) > byteSize * 8)
        {
            if (byteSize >= 8)
            {
                return false;
            }

            byteSize *= 2;
            byteOffset = bitOffset / 8 / byteSize * byteSize;
        }

        return true;
    }

    /// <summary>A load of an array member moves an element of it.</summary>
    private static uint ElementOf(BtfGraph graph, uint id)
    {
        while (graph[id] is BtfArray array)
        {
            id = graph.SkipModifiers(array.ElementTypeId);
        }

        return id;
    }
}
