using Holdfast.Btf;

namespace Holdfast.Cli.Formatting;

/// <summary>Sizes of types, and what their names suggest.</summary>
internal static class BtfSizes
{
    /// <summary>Bytes of a value of a type; 0 if it has none.</summary>
    public static long Of(BtfGraph graph, uint id) => graph.Resolve(id) switch
    {
        BtfInt type => type.Size,
        BtfEnumeration type => type.Size,
        BtfComposite type => type.Size,
        BtfFloat type => type.Size,
        BtfPointer => 8,
        BtfArray type => type.ElementCount * Of(graph, type.ElementTypeId),
        BtfDataSection type => type.Size,
        BtfVariable type => Of(graph, type.TypeId),
        _ => 0,
    };

    /// <summary>Whether a type is a byte that isn't a character.</summary>
    public static bool IsByte(BtfGraph graph, uint id) => graph.Resolve(id) is BtfInt { Size: 1, IsSigned: false } type && !IsCharacter(type);

    /// <summary>Whether a type is a character: clang calls it <c>char</c> and marks it as signed or not at all.</summary>
    public static bool IsCharacter(BtfType type) => type is BtfInt { Size: 1 } number && (number.Name == "char" || (number.Encoding & BtfIntEncoding.Char) != 0);

    /// <summary>Whether a member called so holds an address.</summary>
    public static bool SuggestsAddress(string name)
    {
        string[] endings = ["source", "destination", "src", "dst", "addr", "address", "ip", "ip4", "ip6", "mac"];
        return endings.Any(ending => name.EndsWith(ending, StringComparison.OrdinalIgnoreCase));
    }
}
