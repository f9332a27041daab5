namespace Holdfast.Btf.Relocation;

/// <summary>
/// The strict comparison of types behind <c>bpf_core_type_matches</c>: names, sizes and signs of everything that is
/// reached by value; what is behind a pointer needs only name and kind (libbpf: <c>__bpf_core_types_match</c>).
/// </summary>
internal sealed class CoreTypeMatcher(BtfGraph local, BtfGraph target, CoreBudget budget)
{
    private const int MaxDepth = 32;

    public CoreVerdict Match(uint localId, uint targetId) => Match(localId, targetId, behindPointer: false, MaxDepth);

    private CoreVerdict Match(uint localId, uint targetId, bool behindPointer, int level)
    {
        for (int depth = MaxDepth; depth >= 0 && level > 0 && budget.Step(); depth--)
        {
            BtfType localType = local.Resolve(localId);
            BtfType targetType = target.Resolve(targetId);
            if (!CoreName.Match(localType.Name, targetType.Name))
            {
                return CoreVerdict.No;
            }

            switch (localType, targetType)
            {
                case (BtfPointer localPointer, BtfPointer targetPointer):
                    behindPointer = true;
                    localId = localPointer.TypeId;
                    targetId = targetPointer.TypeId;
                    break;
                case (BtfArray localArray, BtfArray targetArray) when localArray.ElementCount == targetArray.ElementCount:
                    localId = localArray.ElementTypeId;
                    targetId = targetArray.ElementTypeId;
                    break;
                case (BtfFunctionPrototype localProto, BtfFunctionPrototype targetProto):
                    CoreVerdict parameters = Parameters(localProto, targetProto, behindPointer, level);
                    if (parameters != CoreVerdict.Yes)
                    {
                        return parameters;
                    }

                    localId = localProto.ReturnTypeId;
                    targetId = targetProto.ReturnTypeId;
                    break;
                case (BtfComposite localComposite, BtfComposite targetComposite) when !behindPointer && localComposite.Kind == targetComposite.Kind:
                    return Members(localComposite, targetComposite, level);
                default:
                    return MatchLeaf(localType, targetType, behindPointer) ? CoreVerdict.Yes : CoreVerdict.No;
            }
        }

        return CoreVerdict.Undecided;
    }

    private static bool MatchLeaf(BtfType localType, BtfType targetType, bool behindPointer) => (localType, targetType) switch
    {
        (BtfVoid, BtfVoid) => true,
        (BtfForward localForward, BtfForward targetForward) => localForward.IsUnion == targetForward.IsUnion,
        (BtfForward forward, BtfComposite composite) => behindPointer && forward.IsUnion == composite is BtfUnion,
        (BtfComposite composite, BtfForward forward) => behindPointer && forward.IsUnion == composite is BtfUnion,
        (BtfComposite localComposite, BtfComposite targetComposite) => behindPointer && localComposite.Kind == targetComposite.Kind,
        (BtfEnumeration localEnum, BtfEnumeration targetEnum) => Enumerators(localEnum, targetEnum),
        (BtfInt localInt, BtfInt targetInt) => localInt.Size == targetInt.Size && localInt.IsSigned == targetInt.IsSigned,
        _ => false,
    };

    private static bool Enumerators(BtfEnumeration localEnum, BtfEnumeration targetEnum)
    {
        if (localEnum.Values.Length > targetEnum.Values.Length)
        {
            return false;
        }

        HashSet<string> names = [.. targetEnum.Values.Select(value => CoreName.Essential(value.Name))];
        return localEnum.Values.All(value => names.Contains(CoreName.Essential(value.Name)));
    }

    private CoreVerdict Members(BtfComposite localComposite, BtfComposite targetComposite, int level)
    {
        if (localComposite.Members.Length > targetComposite.Members.Length)
        {
            return CoreVerdict.No;
        }

        foreach (BtfMember member in localComposite.Members)
        {
            CoreVerdict found = CoreVerdict.No;
            foreach (BtfMember other in targetComposite.Members)
            {
                if (found == CoreVerdict.No && CoreName.Match(member.Name, other.Name))
                {
                    found = Match(member.TypeId, other.TypeId, behindPointer: false, level - 1);
                }
            }

            if (found != CoreVerdict.Yes)
            {
                return found;
            }
        }

        return CoreVerdict.Yes;
    }

    private CoreVerdict Parameters(BtfFunctionPrototype localProto, BtfFunctionPrototype targetProto, bool behindPointer, int level)
    {
        if (localProto.Parameters.Length != targetProto.Parameters.Length)
        {
            return CoreVerdict.No;
        }

        for (int i = 0; i < localProto.Parameters.Length; i++)
        {
            CoreVerdict one = Match(localProto.Parameters[i].TypeId, targetProto.Parameters[i].TypeId, behindPointer, level - 1);
            if (one != CoreVerdict.Yes)
            {
                return one;
            }
        }

        return CoreVerdict.Yes;
    }
}
