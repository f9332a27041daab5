namespace Holdfast.Btf;

/// <summary>Sizes and alignments of types on the 64-bit targets of BPF programs.</summary>
public static class BtfLayout
{
    /// <summary>Size of a pointer in bytes.</summary>
    public const uint PointerSize = 8;

    /// <summary>Gets the size of a value of a type.</summary>
    /// <param name="graph">Graph.</param>
    /// <param name="id">Id below the graph's count.</param>
    /// <param name="size">Size in bytes.</param>
    /// <returns>Whether the type has a size: void, functions, declarations and arrays of those or of 4 GiB don't.</returns>
    public static bool TryGetSize(this BtfGraph graph, uint id, out uint size)
    {
        size = 0;
        ulong elements = 1;
        while (true)
        {
            id = graph.SkipModifiers(id);
            if (id == 0)
            {
                return false;
            }

            RawType raw = graph.Raw(id);
            switch (raw.Kind)
            {
                case BtfKind.Int or BtfKind.Struct or BtfKind.Union or BtfKind.Enum or BtfKind.Enum64 or BtfKind.Float
                    or BtfKind.DataSection:
                    return Multiply(elements, raw.SizeOrType, out size);
                case BtfKind.Pointer:
                    return Multiply(elements, PointerSize, out size);
                case BtfKind.Array:
                    if (!Multiply(elements, raw.Word(5), out uint product))
                    {
                        return false;
                    }

                    elements = product;
                    id = raw.Word(3);
                    break;
                case BtfKind.Variable:
                    id = raw.SizeOrType;
                    break;
                default:
                    return false;
            }
        }
    }

    /// <summary>The alignment that C gives a type.</summary>
    /// <param name="graph">Graph.</param>
    /// <param name="id">Id below the graph's count.</param>
    /// <returns>Alignment in bytes; 1 for types without a size, and for packed structs.</returns>
    public static uint AlignmentOf(this BtfGraph graph, uint id)
    {
        id = graph.SkipModifiers(id);
        switch (graph[id])
        {
            case BtfInt or BtfEnumeration or BtfFloat:
                uint size = graph.Raw(id).SizeOrType;
                return size > 8 ? 16 : Math.Max(1, size);
            case BtfPointer:
                return PointerSize;
            case BtfArray array:
                return graph.AlignmentOf(array.ElementTypeId);
            case BtfVariable variable:
                return graph.AlignmentOf(variable.TypeId);
            case BtfComposite composite:
                return AlignmentOf(graph, composite);
            default:
                return 1;
        }
    }

    private static uint AlignmentOf(BtfGraph graph, BtfComposite composite)
    {
        uint alignment = 1;
        foreach (BtfMember member in composite.Members)
        {
            uint own = graph.AlignmentOf(member.TypeId);
            alignment = Math.Max(alignment, own);

            // A member off its natural boundary: the struct is packed.
            if (!member.IsBitfield && member.BitOffset % (8 * own) != 0)
            {
                return 1;
            }
        }

        return composite.Size % alignment == 0 ? alignment : 1;
    }

    private static bool Multiply(ulong left, ulong right, out uint product)
    {
        ulong wide = left * right;
        product = wide <= uint.MaxValue ? (uint)wide : 0;
        return wide <= uint.MaxValue;
    }
}
