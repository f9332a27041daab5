using System.Globalization;
using Holdfast.Btf;

namespace Holdfast.Verifier.Analysis;

/// <summary>Walks a kernel type to the member at an offset (<c>btf_struct_walk</c>).</summary>
internal static class ObjectWalk
{
    private const int MaximumDepth = 32;
    private const int PointerSize = 8;

    public static TypedField Find(BtfGraph types, uint typeId, long offset, int size)
    {
        for (int depth = 0; depth < MaximumDepth; depth++)
        {
            if (types.Resolve(typeId) is not BtfComposite composite)
            {
                return Refuse($"Type '{types[typeId].Name}' is not a struct");
            }

            if (offset + size > composite.Size)
            {
                if (FlexibleArray(types, composite, offset) is { } element)
                {
                    typeId = element.TypeId;
                    offset = element.Offset;
                    if (types.Resolve(typeId) is BtfComposite)
                    {
                        continue;
                    }

                    return AtElement(types, typeId, offset, size);
                }

                return Refuse($"access beyond struct {composite.Name} at off {offset} size {size}");
            }

            BtfMember? found = null;
            foreach (BtfMember member in composite.Members)
            {
                long start = member.ByteOffset;
                if (member.IsBitfield)
                {
                    long bitEnd = (member.BitOffset + member.BitfieldSize + 7) / 8;
                    if (offset <= start && offset + size >= bitEnd)
                    {
                        return default;
                    }

                    continue;
                }

                if (offset + size <= start)
                {
                    break;
                }

                if (!types.TryGetSize(member.TypeId, out uint memberSize))
                {
                    continue;
                }

                if (offset >= start + memberSize)
                {
                    continue;
                }

                if (offset < start)
                {
                    continue;
                }

                found = member;
                if (offset + size > start + memberSize)
                {
                    return Refuse($"access beyond the end of member {member.Name} (mend:{start + memberSize}) in struct {composite.Name} with off {offset} size {size}");
                }

                break;
            }

            if (found is not { } at)
            {
                return composite is BtfUnion ? default : Refuse($"struct {composite.Name} doesn't have field at offset {offset}");
            }

            offset -= at.ByteOffset;
            typeId = at.TypeId;
            BtfType inner = types.Resolve(typeId);
            while (inner is BtfArray array)
            {
                if (!types.TryGetSize(array.ElementTypeId, out uint elementSize) || elementSize == 0)
                {
                    return default;
                }

                offset %= elementSize;
                typeId = array.ElementTypeId;
                inner = types.Resolve(typeId);
            }

            if (inner is BtfUnion)
            {
                // What a union holds isn't known: a number, unless a struct inside decides it.
                return AtUnion(types, typeId, offset, size);
            }

            if (inner is not BtfStruct)
            {
                return AtElement(types, typeId, offset, size);
            }
        }

        return Refuse($"types are nested too deeply");
    }

    private static TypedField AtUnion(BtfGraph types, uint typeId, long offset, int size)
    {
        TypedField found = Find(types, typeId, offset, size);
        return found.PointedTo != 0 && types.Resolve(typeId) is BtfUnion { Members.Length: > 1 } ? found with { Flags = found.Flags | TypeFlags.Untrusted } : found;
    }

    private static (uint TypeId, long Offset)? FlexibleArray(BtfGraph types, BtfComposite composite, long offset)
    {
        if (composite.Members is not [.., { } last] || types.Resolve(last.TypeId) is not BtfArray { ElementCount: 0 } array
            || offset < last.ByteOffset || !types.TryGetSize(array.ElementTypeId, out uint size) || size == 0)
        {
            return null;
        }

        return (array.ElementTypeId, (offset - last.ByteOffset) % size);
    }

    private static TypedField AtElement(BtfGraph types, uint typeId, long offset, int size)
    {
        if (types.Resolve(typeId) is not BtfPointer pointer)
        {
            return default;
        }

        if (offset != 0 || size != PointerSize)
        {
            return Refuse($"cannot access ptr member with moff 0 in struct with off {offset} size {size}");
        }

        TypeFlags flags = TypeFlags.None;
        uint target = pointer.TypeId;
        while (types[target] is BtfModifier modifier)
        {
            if (modifier is BtfTypeTag tag)
            {
                flags |= tag.Name switch
                {
                    "user" => TypeFlags.User,
                    "percpu" => TypeFlags.PerCpu,
                    _ => TypeFlags.None,
                };
            }

            target = modifier.TypeId;
        }

        return types[target] is BtfStruct ? new(target, flags, null) : default;
    }

    /// <summary>Whether a type is a struct of a name, or starts with one at an offset (<c>btf_struct_ids_match</c>).</summary>
    public static bool IsOrStartsWith(BtfGraph types, uint typeId, long offset, string name)
    {
        for (int depth = 0; depth < MaximumDepth; depth++)
        {
            if (types.Resolve(typeId) is not BtfStruct structure)
            {
                return false;
            }

            if (offset == 0 && structure.Name == name)
            {
                return true;
            }

            bool found = false;
            foreach (BtfMember member in structure.Members)
            {
                if (!member.IsBitfield && types.Resolve(member.TypeId) is BtfStruct inner
                    && offset >= member.ByteOffset && offset < member.ByteOffset + inner.Size)
                {
                    offset -= member.ByteOffset;
                    typeId = inner.Id;
                    found = true;
                    break;
                }
            }

            if (!found)
            {
                return false;
            }
        }

        return false;
    }

    private static TypedField Refuse(FormattableString reason) => new(0, TypeFlags.None, reason.ToString(CultureInfo.InvariantCulture));
}
