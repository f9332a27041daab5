using Holdfast.Btf.Extension;

namespace Holdfast.Btf.Relocation;

/// <summary>Looks for what a local access spec means in a type of the target (libbpf: <c>bpf_core_spec_match</c>).</summary>
internal sealed class CoreSpecMatcher(BtfGraph target, CoreRelocationKind kind)
{
    private readonly CoreBudget _budget = new();

    /// <summary>Matches the spec against a candidate; <paramref name="found"/> is its meaning there.</summary>
    public CoreVerdict Match(CoreSpec spec, uint candidate, out CoreSpec found)
    {
        found = new CoreSpec(target, candidate);
        if (kind == CoreRelocationKind.TypeMatches)
        {
            return new CoreTypeMatcher(spec.Graph, target, _budget).Match(spec.RootTypeId, candidate);
        }

        if (kind.IsTypeBased())
        {
            return new CoreTypeCompatibility(spec.Graph, target, _budget).Types(spec.RootTypeId, candidate);
        }

        return kind.IsEnumBased() ? MatchEnumerator(spec, candidate, found) : MatchField(spec, candidate, found);
    }

    private CoreVerdict MatchEnumerator(CoreSpec spec, uint candidate, CoreSpec found)
    {
        uint id = target.SkipModifiers(candidate);
        if (target[id] is not BtfEnumeration enumeration)
        {
            return CoreVerdict.No;
        }

        for (int i = 0; i < enumeration.Values.Length; i++)
        {
            if (CoreName.Match(enumeration.Values[i].Name, spec.Accesses[0].Name!))
            {
                found.Accesses.Add(new(id, (uint)i, enumeration.Values[i].Name));
                found.RawIndexes.Add((uint)i);
                return CoreVerdict.Yes;
            }
        }

        return CoreVerdict.No;
    }

    private CoreVerdict MatchField(CoreSpec spec, uint id, CoreSpec found)
    {
        for (int i = 0; i < spec.Accesses.Count; i++)
        {
            CoreAccess access = spec.Accesses[i];
            CoreVerdict one = access.Name is null
                ? MatchElement(access, i, ref id, found)
                : MatchMember(spec.Graph, access, id, found, out id);
            if (one != CoreVerdict.Yes)
            {
                return one;
            }
        }

        return CoreVerdict.Yes;
    }

    private CoreVerdict MatchElement(CoreAccess access, int step, ref uint id, CoreSpec found)
    {
        id = target.SkipModifiers(id);

        // The first step indexes the root type itself, as if a pointer to it were an array.
        if (step > 0)
        {
            if (target[id] is not BtfArray array || (access.Index >= array.ElementCount && !found.IsFlexible(array)))
            {
                return CoreVerdict.No;
            }

            id = target.SkipModifiers(array.ElementTypeId);
        }

        if (found.RawIndexes.Count == CoreSpec.MaxLength || !target.TryGetSize(id, out uint size))
        {
            return CoreVerdict.Undecided;
        }

        found.Accesses.Add(new(id, access.Index, null));
        found.RawIndexes.Add(access.Index);
        found.BitOffset += (ulong)access.Index * size * 8;
        return CoreVerdict.Yes;
    }

    private CoreVerdict MatchMember(BtfGraph local, CoreAccess access, uint id, CoreSpec found, out uint next)
    {
        next = 0;
        id = target.SkipModifiers(id);
        if (target[id] is not BtfComposite composite)
        {
            return CoreVerdict.No;
        }

        for (int i = 0; i < composite.Members.Length; i++)
        {
            if (found.RawIndexes.Count == CoreSpec.MaxLength || !_budget.Step())
            {
                return CoreVerdict.Undecided;
            }

            BtfMember member = composite.Members[i];
            found.BitOffset += member.BitOffset;
            found.RawIndexes.Add((uint)i);
            if (member.Name.Length == 0)
            {
                CoreVerdict inside = MatchMember(local, access, member.TypeId, found, out next);
                if (inside != CoreVerdict.No)
                {
                    return inside;
                }
            }
            else if (member.Name == access.Name)
            {
                next = member.TypeId;
                found.Accesses.Add(new(id, (uint)i, member.Name));
                uint localType = ((BtfComposite)local[access.TypeId]).Members[(int)access.Index].TypeId;
                return new CoreTypeCompatibility(local, target, _budget).Fields(localType, next) ? CoreVerdict.Yes : CoreVerdict.No;
            }

            found.BitOffset -= member.BitOffset;
            found.RawIndexes.RemoveAt(found.RawIndexes.Count - 1);
        }

        return CoreVerdict.No;
    }
}
