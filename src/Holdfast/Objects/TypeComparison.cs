using Holdfast.Btf;

namespace Holdfast;

/// <summary>Whether two types lay out their bytes alike, field by field. Names of types don't matter, names of fields do.</summary>
internal sealed class TypeComparison(BtfGraph wanted, BtfGraph found)
{
    private readonly HashSet<(uint, uint)> _seen = [];

    /// <summary>The first difference, or null.</summary>
    public string? FindDifference(uint wantedId, uint foundId, string path)
    {
        BtfType left = wanted.Resolve(wantedId);
        BtfType right = found.Resolve(foundId);
        if (!_seen.Add((left.Id, right.Id)))
            return null;
        return (left, right) switch
        {
            (BtfInt a, BtfInt b) => a.Size == b.Size && a.IsSigned == b.IsSigned ? null : Differ(path, Describe(a), Describe(b)),
            (BtfEnumeration a, BtfEnumeration b) => a.Size == b.Size ? null : Differ(path, $"an enum of {a.Size} bytes", $"one of {b.Size}"),
            (BtfFloat a, BtfFloat b) => a.Size == b.Size ? null : Differ(path, $"a float of {a.Size} bytes", $"one of {b.Size}"),
            (BtfPointer, BtfPointer) => null,
            (BtfArray a, BtfArray b) => a.ElementCount == b.ElementCount
                ? FindDifference(a.ElementTypeId, b.ElementTypeId, path + "[]")
                : Differ(path, $"an array of {a.ElementCount}", $"one of {b.ElementCount}"),
            (BtfComposite a, BtfComposite b) when a.Kind == b.Kind => Compare(a, b, path),
            _ => left.Kind == right.Kind ? null : Differ(path, $"a {left.Kind}", $"a {right.Kind}"),
        };
    }

    private string? Compare(BtfComposite a, BtfComposite b, string path)
    {
        if (a.Members.Length != b.Members.Length)
            return Differ(path, $"{a.Members.Length} fields", $"{b.Members.Length}");
        for (int i = 0; i < a.Members.Length; i++)
        {
            BtfMember left = a.Members[i];
            BtfMember right = b.Members[i];
            string name = $"{path}.{(left.Name.Length > 0 ? left.Name : i)}";
            if (left.Name != right.Name)
                return Differ(path, $"field '{left.Name}' at bit {left.BitOffset}", $"'{right.Name}' at bit {right.BitOffset}");
            if (left.BitOffset != right.BitOffset || left.BitfieldSize != right.BitfieldSize)
                return Differ(name, $"bit {left.BitOffset}", $"bit {right.BitOffset}");
            if (FindDifference(left.TypeId, right.TypeId, name) is { } difference)
                return difference;
        }

        return null;
    }

    private static string Describe(BtfInt type) => $"{(type.IsSigned ? "a signed" : "an unsigned")} integer of {type.Size} bytes";

    private static string Differ(string path, string wanted, string found) => $"{path}: the object wants {wanted}, the map has {found}";
}
