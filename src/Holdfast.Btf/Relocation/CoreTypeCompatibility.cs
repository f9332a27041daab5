namespace Holdfast.Btf.Relocation;

/// <summary>
/// The loose comparison of types, by which fields and types are found in the target
/// (libbpf: <c>bpf_core_fields_are_compat</c>, <c>bpf_core_types_are_compat</c>).
/// </summary>
internal sealed class CoreTypeCompatibility(BtfGraph local, BtfGraph target, CoreBudget budget)
{
    private const int MaxDepth = 32;

    /// <summary>Whether a field of one type can be read as one of the other.</summary>
    public bool Fields(uint localId, uint targetId)
    {
        while (true)
        {
            BtfType localType = local.Resolve(localId);
            BtfType targetType = target.Resolve(targetId);
            if (localType is BtfComposite && targetType is BtfComposite)
            {
                return true;
            }

            if (!CoreKind.Compatible(localType.Kind, targetType.Kind))
            {
                return false;
            }

            switch (localType, targetType)
            {
                case (BtfPointer or BtfFloat, _):
                    return true;
                case (BtfForward or BtfEnumeration, _):
                    string localName = CoreName.Essential(localType.Name);
                    string targetName = CoreName.Essential(targetType.Name);
                    return localName.Length == 0 || targetName.Length == 0 || localName == targetName;
                case (BtfInt localInt, BtfInt targetInt):
                    return localInt.BitOffset == 0 && targetInt.BitOffset == 0;
                case (BtfArray localArray, BtfArray targetArray):
                    localId = localArray.ElementTypeId;
                    targetId = targetArray.ElementTypeId;
                    break;
                default:
                    return false;
            }
        }
    }

    /// <summary>Whether types of the same name are of the same shape from far: kinds, pointers, arrays, prototypes.</summary>
    public CoreVerdict Types(uint localId, uint targetId) =>
        CoreKind.Compatible(local.KindOf(localId), target.KindOf(targetId)) ? Types(localId, targetId, MaxDepth) : CoreVerdict.No;

    private CoreVerdict Types(uint localId, uint targetId, int level)
    {
        for (int depth = MaxDepth; depth >= 0 && level > 0 && budget.Step(); depth--)
        {
            BtfType localType = local.Resolve(localId);
            BtfType targetType = target.Resolve(targetId);
            if (!CoreKind.Compatible(localType.Kind, targetType.Kind))
            {
                return CoreVerdict.No;
            }

            switch (localType, targetType)
            {
                case (BtfVoid or BtfComposite or BtfEnumeration or BtfForward, _):
                    return CoreVerdict.Yes;
                case (BtfInt localInt, BtfInt targetInt):
                    return localInt.BitOffset == 0 && targetInt.BitOffset == 0 ? CoreVerdict.Yes : CoreVerdict.No;
                case (BtfPointer localPointer, BtfPointer targetPointer):
                    localId = localPointer.TypeId;
                    targetId = targetPointer.TypeId;
                    break;
                case (BtfArray localArray, BtfArray targetArray):
                    localId = localArray.ElementTypeId;
                    targetId = targetArray.ElementTypeId;
                    break;
                case (BtfFunctionPrototype localProto, BtfFunctionPrototype targetProto):
                    CoreVerdict parameters = Parameters(localProto, targetProto, level);
                    if (parameters != CoreVerdict.Yes)
                    {
                        return parameters;
                    }

                    localId = localProto.ReturnTypeId;
                    targetId = targetProto.ReturnTypeId;
                    break;
                default:
                    return CoreVerdict.No;
            }
        }

        return CoreVerdict.Undecided;
    }

    private CoreVerdict Parameters(BtfFunctionPrototype localProto, BtfFunctionPrototype targetProto, int level)
    {
        if (localProto.Parameters.Length != targetProto.Parameters.Length)
        {
            return CoreVerdict.No;
        }

        for (int i = 0; i < localProto.Parameters.Length; i++)
        {
            CoreVerdict one = Types(localProto.Parameters[i].TypeId, targetProto.Parameters[i].TypeId, level - 1);
            if (one != CoreVerdict.Yes)
            {
                return one;
            }
        }

        return CoreVerdict.Yes;
    }
}
