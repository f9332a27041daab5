using Holdfast.Btf;

namespace Holdfast;

/// <summary>
/// How values of one type become values of another: fields are found by name, arrays element by element, enumerators by name. What the
/// new type has no place for is dropped, what the old one lacks is zero; both are told. Nothing is cut silently: a number that doesn't
/// fit its new field is an error when it is met.
/// </summary>
internal sealed class LayoutConversion
{
    private readonly BtfGraph _old;
    private readonly BtfGraph _new;
    private readonly List<FieldMove> _moves = [];

    private LayoutConversion(BtfGraph old, BtfGraph @new)
    {
        _old = old;
        _new = @new;
    }

    public List<string> Dropped { get; } = [];

    public List<string> Defaulted { get; } = [];

    public List<string> Converted { get; } = [];

    /// <summary>Plans the conversion of one type to another.</summary>
    public static LayoutConversion Plan(BtfGraph old, uint oldType, BtfGraph @new, uint newType, string root)
    {
        LayoutConversion plan = new(old, @new);
        plan.Match(new Place(oldType, 0, 0), new Place(newType, 0, 0), root);
        return plan;
    }

    /// <summary>Bytes as they are, where neither side has types.</summary>
    public static LayoutConversion Bytes(int size)
    {
        LayoutConversion plan = new(null!, null!);
        plan.AddBytes(0, 0, (uint)size);
        return plan;
    }

    /// <summary>Converts one value; null, or the field whose number doesn't fit.</summary>
    public string? Convert(ReadOnlySpan<byte> old, Span<byte> @new)
    {
        foreach (FieldMove move in _moves)
        {
            if (!move.TryApply(old, @new))
                return move.Path;
        }

        return null;
    }

    private void Match(Place from, Place to, string path)
    {
        BtfType left = _old.Resolve(from.Type), right = _new.Resolve(to.Type);
        switch (left, right)
        {
            case (BtfInt or BtfEnumeration, BtfInt or BtfEnumeration):
                MatchNumbers(left, from, right, to, path);
                break;
            case (BtfComposite { Kind: BtfKind.Struct } a, BtfComposite { Kind: BtfKind.Struct } b):
                MatchMembers(Fields(_old, a, from.Bit), Fields(_new, b, to.Bit), path);
                break;
            case (BtfArray a, BtfArray b):
                MatchElements(a, from, b, to, path);
                break;
            case (BtfFloat or BtfPointer, _) or (BtfComposite, BtfComposite) when left.Kind == right.Kind && IsSame(from.Type, to.Type, path):
                _ = _new.TryGetSize(to.Type, out uint size);
                AddBytes(from.Bit, to.Bit, size);
                break;
            default:
                Dropped.Add($"{path} (a {left.Kind})");
                Defaulted.Add($"{path} (now a {right.Kind})");
                break;
        }
    }

    private bool IsSame(uint old, uint @new, string path) =>
        new TypeComparison(_new, _old).FindDifference(@new, old, path) is null && _old.TryGetSize(old, out uint a) && _new.TryGetSize(@new, out uint b) && a == b;

    private void MatchNumbers(BtfType left, Place from, BtfType right, Place to, string path)
    {
        (uint Bits, bool IsSigned) a = Width(left, from.Bits), b = Width(right, to.Bits);
        Dictionary<long, long>? numbers = null;
        if (left is BtfEnumeration old && right is BtfEnumeration @new)
        {
            numbers = old.Values.Join(@new.Values, value => value.Name, value => value.Name, (before, after) => (Before: before.Value, After: after.Value))
                .Where(pair => pair.Before != pair.After).DistinctBy(pair => pair.Before).ToDictionary(pair => pair.Before, pair => pair.After);
            if (numbers.Count > 0)
                Converted.Add($"{path}: {numbers.Count} enumerators have other numbers");
        }

        if (a != b)
            Converted.Add($"{path}: {Describe(a)} to {Describe(b)}");
        _moves.Add(new FieldMove(path, from.Bit, a.Bits, a.IsSigned, to.Bit, b.Bits, b.IsSigned, numbers is { Count: > 0 } ? numbers : null));
    }

    private void MatchMembers(List<(string Name, Place Place)> old, List<(string Name, Place Place)> @new, string path)
    {
        foreach ((string name, Place place) in @new)
        {
            int index = old.FindIndex(field => field.Name == name);
            if (index < 0)
            {
                Defaulted.Add($"{path}.{name}");
                continue;
            }

            Match(old[index].Place, place, $"{path}.{name}");
        }

        Dropped.AddRange(old.Where(field => !@new.Exists(other => other.Name == field.Name)).Select(field => $"{path}.{field.Name}"));
    }

    private void MatchElements(BtfArray a, Place from, BtfArray b, Place to, string path)
    {
        if (!_old.TryGetSize(a.ElementTypeId, out uint oldSize) || !_new.TryGetSize(b.ElementTypeId, out uint newSize))
            return;
        uint both = Math.Min(a.ElementCount, b.ElementCount);

        // What is said of one element holds for all.
        int moves = _moves.Count;
        if (both > 0)
            Match(new Place(a.ElementTypeId, from.Bit, 0), new Place(b.ElementTypeId, to.Bit, 0), path + "[]");
        FieldMove[] element = [.. _moves.Skip(moves)];
        for (uint index = 1; index < both; index++)
            _moves.AddRange(element.Select(move => move.Shift(index * oldSize * 8, index * newSize * 8)));
        if (a.ElementCount > b.ElementCount)
            Dropped.Add($"{path}[{b.ElementCount}..{a.ElementCount - 1}]");
        if (b.ElementCount > a.ElementCount)
            Defaulted.Add($"{path}[{a.ElementCount}..{b.ElementCount - 1}]");
    }

    private void AddBytes(uint from, uint to, uint size)
    {
        for (uint index = 0; index < size; index++)
            _moves.Add(new FieldMove("", from + (index * 8), 8, false, to + (index * 8), 8, false, null));
    }

    /// <summary>The members of a structure; those of unnamed structures are its own.</summary>
    private static List<(string Name, Place Place)> Fields(BtfGraph graph, BtfComposite type, uint start)
    {
        List<(string, Place)> fields = [];
        foreach (BtfMember member in type.Members)
        {
            if (member.Name.Length == 0 && graph.Resolve(member.TypeId) is BtfComposite { Kind: BtfKind.Struct } inner)
                fields.AddRange(Fields(graph, inner, start + member.BitOffset));
            else
                fields.Add((member.Name, new Place(member.TypeId, start + member.BitOffset, member.BitfieldSize)));
        }

        return fields;
    }

    private static (uint Bits, bool IsSigned) Width(BtfType type, uint bitfield) => type switch
    {
        BtfInt number => (bitfield != 0 ? bitfield : number.Size * 8, number.IsSigned),
        BtfEnumeration named => (bitfield != 0 ? bitfield : named.Size * 8, named.IsSigned),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static string Describe((uint Bits, bool IsSigned) width) => $"{(width.IsSigned ? "signed" : "unsigned")} {width.Bits} bits";

    private readonly record struct Place(uint Type, uint Bit, uint Bits);
}
