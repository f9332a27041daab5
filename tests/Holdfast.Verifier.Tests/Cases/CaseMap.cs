using Holdfast.Isa.Abi;

namespace Holdfast.Verifier.Tests.Cases;

/// <summary>A map of a case.</summary>
internal sealed record CaseMap(string Name, MapType Type, uint KeySize, uint ValueSize, uint MaxEntries, MapFlags Flags, string? ValueType)
{
    /// <summary>Reads <c>NAME TYPE KEY VALUE ENTRIES [FLAGS] [value=STRUCT]</c>.</summary>
    public static CaseMap Parse(string text)
    {
        string[] words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string? valueType = words.SingleOrDefault(static word => word.StartsWith("value=", StringComparison.Ordinal))?["value=".Length..];
        string? flags = words.Skip(5).SingleOrDefault(static word => !word.Contains('=', StringComparison.Ordinal));
        return new(
            words[0], Enum.Parse<MapType>(words[1]), CaseFile.Number(words[2]), CaseFile.Number(words[3]), CaseFile.Number(words[4]),
            flags is null ? default : Enum.Parse<MapFlags>(flags), valueType);
    }
}
