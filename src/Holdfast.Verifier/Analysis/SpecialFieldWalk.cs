using Holdfast.Btf;

namespace Holdfast.Verifier.Analysis;

/// <summary>
/// One walk over a structure for its special fields (<c>btf_parse_fields</c>). A structure that breaks a rule has none at all, as in the kernel: its bytes
/// are plain, so no lock, kptr or list in it can be used. That is sound because nothing else ever treats those bytes as special.
/// </summary>
internal sealed class SpecialFieldWalk(BtfGraph types, BtfGraph? kernel, bool isObject)
{
    /// <summary><c>BTF_FIELDS_MAX</c>.</summary>
    private const int MaximumFields = 11;

    /// <summary><c>MAX_RESOLVE_DEPTH</c>: structures in structures, and arrays of arrays.</summary>
    private const int MaximumDepth = 32;

    private const string ContainsTag = "contains:";

    private readonly List<SpecialField> _fields = [];

    /// <summary>The special fields by offset; none if a rule is broken.</summary>
    /// <param name="typeId">The map's value type, or the object's.</param>
    /// <param name="size">The size that the fields must fit into.</param>
    public SpecialField[] Find(uint typeId, uint size)
    {
        bool isWhole = types.Resolve(typeId) switch
        {
            BtfStruct structure => WalkStructure(structure, 0, 0),
            BtfDataSection section => WalkSection(section),
            _ => false,
        };
        if (!isWhole || !AreApart(size) || !GoTogether())
        {
            return [];
        }

        return [.. _fields.OrderBy(static field => field.Offset)];
    }

    private bool AreApart(uint size)
    {
        long next = 0;
        foreach (SpecialField field in _fields)
        {
            if (field.Offset < next || (long)field.Offset + field.Size > size)
            {
                return false;
            }

            next = field.Offset + field.Size;
        }

        return true;
    }

    /// <summary>One sort of lock; a lock with every list or tree; a count with two sorts of nodes.</summary>
    private bool GoTogether()
    {
        bool Has(SpecialFieldKind kind) => _fields.Exists(field => field.Kind == kind);
        (bool spins, bool resilient) = (Has(SpecialFieldKind.SpinLock), Has(SpecialFieldKind.ResilientLock));
        bool isLocked = (spins || resilient) || !_fields.Exists(static field => field.Kind.IsRoot());
        bool isCounted = Has(SpecialFieldKind.Refcount) || !Has(SpecialFieldKind.ListNode) || !Has(SpecialFieldKind.TreeNode);
        return !(spins && resilient) && isLocked && isCounted;
    }

    private bool WalkStructure(BtfStruct structure, long offset, int depth)
    {
        HashSet<SpecialFieldKind> seen = [];
        for (int i = 0; i < structure.Members.Length; i++)
        {
            BtfMember member = structure.Members[i];
            if (member.BitOffset % 8 != 0 || !WalkField(member.TypeId, offset, member.ByteOffset, 0, structure.Id, i, seen, depth))
            {
                return false;
            }
        }

        return true;
    }

    private bool WalkSection(BtfDataSection section)
    {
        HashSet<SpecialFieldKind> seen = [];
        foreach (BtfSectionVariable variable in section.Variables)
        {
            if (types.TryGetType(variable.TypeId, out BtfType? type) && type is BtfVariable declared
                && !WalkField(declared.TypeId, 0, variable.Offset, variable.Size, declared.Id, -1, seen, 0))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>A member or variable, through arrays (<c>btf_find_field_one</c>); typedefs and qualifiers hide special fields, as in the kernel.</summary>
    /// <param name="typeId">Its type.</param>
    /// <param name="start">Offset of what it is part of.</param>
    /// <param name="offset">Its offset there.</param>
    /// <param name="wanted">Size of a variable, 0 for a member.</param>
    /// <param name="parent">The structure or variable that declares it.</param>
    /// <param name="component">Its index there, as tags count.</param>
    /// <param name="seen">Unique fields that came before it.</param>
    /// <param name="depth">Structures around the one that declares it.</param>
    private bool WalkField(uint typeId, long start, uint offset, uint wanted, uint parent, int component, HashSet<SpecialFieldKind> seen, int depth)
    {
        uint count = 1;
        for (int i = 0; types.TryGetType(typeId, out BtfType? outer) && outer is BtfArray array; i++)
        {
            if (i == MaximumDepth - 1)
            {
                return false;
            }

            count = unchecked(count * array.ElementCount);
            typeId = array.ElementTypeId;
        }

        if (count == 0 || !types.TryGetType(typeId, out BtfType? type))
        {
            return true;
        }

        SpecialFieldKind? kind = SpecialFieldKinds.Named(type.Name) is { } named && (isObject ? named.IsForObjects() : !named.IsNode()) ? named : null;
        if (kind is { } unique && unique.IsUnique() && !seen.Add(unique))
        {
            return false;
        }

        if (kind is null && type is BtfStruct nested)
        {
            return (wanted != 0 && wanted != unchecked(nested.Size * count)) || WalkNested(nested, start + offset, count, depth + 1);
        }

        // What is neither named nor a structure can only be a pointer that carries a tag.
        int size = (kind ?? SpecialFieldKind.Kptr).Size();
        if ((wanted != 0 && wanted != unchecked((uint)size * count)) || offset % (kind ?? SpecialFieldKind.Kptr).Alignment() != 0)
        {
            return true;
        }

        int before = _fields.Count;
        return AddField(kind, type, (int)(start + offset), parent, component) && Repeat(before, count, size);
    }

    private bool WalkNested(BtfStruct structure, long offset, uint count, int depth)
    {
        int before = _fields.Count;
        return depth < MaximumDepth && WalkStructure(structure, offset, depth) && Repeat(before, count, (int)structure.Size);
    }

    /// <summary>The elements of an array hold what the first holds (<c>btf_repeat_fields</c>).</summary>
    private bool Repeat(int first, uint count, int size)
    {
        int found = _fields.Count - first;
        if (found == 0 || count == 1)
        {
            return _fields.Count <= MaximumFields;
        }

        if (_fields.Skip(first).Any(static field => !field.Kind.IsRepeatable()) || first + ((long)found * count) > MaximumFields)
        {
            return false;
        }

        for (int i = 1; i < count; i++)
        {
            for (int j = 0; j < found; j++)
            {
                SpecialField field = _fields[first + j];
                _fields.Add(field with { Offset = field.Offset + (i * size) });
            }
        }

        return true;
    }

    /// <summary>Adds a field if the type is that of one.</summary>
    /// <returns>False if it is one but breaks a rule.</returns>
    private bool AddField(SpecialFieldKind? kind, BtfType type, int offset, uint parent, int component)
    {
        if (kind is not { } known)
        {
            return AddPointer(type, offset);
        }

        if (type is not BtfStruct structure || structure.Size != known.Size())
        {
            return true;
        }

        SpecialField? field = known.IsRoot() ? Root(known, offset, parent, component) : new SpecialField(known, offset);
        if (field is null)
        {
            return false;
        }

        _fields.Add(field);
        return true;
    }

    /// <summary>A pointer whose target carries a tag (<c>btf_find_kptr</c>, <c>btf_parse_kptr</c>); a pointer that no tag marks is plain.</summary>
    private bool AddPointer(BtfType type, int offset)
    {
        if (type is BtfVolatile qualified && types.TryGetType(qualified.TypeId, out BtfType? behind))
        {
            type = behind;
        }

        if (type is not BtfPointer pointer || !types.TryGetType(pointer.TypeId, out BtfType? tagged) || tagged is not BtfTypeTag { IsAttribute: false } tag)
        {
            return true;
        }

        if (SpecialFieldKinds.Tagged(tag.Name) is not { } kind || !types.TryGetType(tag.TypeId, out BtfType? under) || under is BtfTypeTag)
        {
            return false;
        }

        if (isObject && !kind.IsForObjects())
        {
            return true;
        }

        if (types.Resolve(tag.TypeId) is not BtfStruct target)
        {
            return false;
        }

        if (target.Name.Length == 0)
        {
            return false;
        }

        if (kernel?.FindByName(target.Name, BtfKind.Struct) is not { } found)
        {
            _fields.Add(new(kind, offset, types, target.Id));
            return true;
        }

        _fields.Add(new(kind, offset, kernel, found.Id));
        return kind != SpecialFieldKind.Kptr || HasDestructor(target.Name);
    }

    /// <summary>Kernel objects that a map or object may own: what is left in it must be given back (<c>register_btf_id_dtor_kfuncs</c> of Linux 6.18).</summary>
    private static bool HasDestructor(string type) => type is "task_struct" or "cgroup" or "bpf_cpumask" or "bpf_crypto_ctx" or "prog_test_ref_kfunc" or "prog_test_member";

    /// <summary>A list head or tree root names what it holds in a tag (<c>btf_find_graph_root</c>, <c>btf_parse_graph_root</c>).</summary>
    private SpecialField? Root(SpecialFieldKind kind, int offset, uint parent, int component)
    {
        string[] tags = [.. types.Types.OfType<BtfDeclTag>()
            .Where(tag => tag.TypeId == parent && tag.ComponentIndex == component && tag.Name.StartsWith(ContainsTag, StringComparison.Ordinal))
            .Select(static tag => tag.Name[ContainsTag.Length..])];
        int colon = tags.Length == 1 ? tags[0].IndexOf(':', StringComparison.Ordinal) : -1;
        if (colon < 0 || types.FindByName<BtfStruct>(tags[0][..colon]) is not { } held)
        {
            return null;
        }

        SpecialFieldKind nodeKind = kind == SpecialFieldKind.ListHead ? SpecialFieldKind.ListNode : SpecialFieldKind.TreeNode;
        BtfMember[] nodes = [.. held.Members.Where(member => member.Name == tags[0][(colon + 1)..])];
        return nodes is [{ } node] && node.BitOffset % (8 * nodeKind.Alignment()) == 0
            && types.TryGetType(node.TypeId, out BtfType? type) && type is BtfStruct && SpecialFieldKinds.Named(type.Name) == nodeKind
            ? new(kind, offset, types, held.Id, (int)node.ByteOffset)
            : null;
    }
}
