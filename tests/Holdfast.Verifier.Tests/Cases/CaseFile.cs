using System.Globalization;
using Holdfast.Isa.Abi;
using Holdfast.Verifier.Prototypes;

namespace Holdfast.Verifier.Tests.Cases;

/// <summary>Reads the cases of a theme: <c>== title</c>, <c>key: value</c> lines, code. Lines that start with <c>#</c> are comments.</summary>
internal static class CaseFile
{
    private const string Title = "== ";

    private static readonly string[] Keys = ["type", "attach", "target", "flags", "license", "map", "struct", "function", "verdict", "kernel", "because"];

    public static uint Number(string text) => uint.Parse(text, CultureInfo.InvariantCulture);

    public static IEnumerable<Case> Read(string path)
    {
        string theme = Path.GetFileNameWithoutExtension(path);
        string[] lines = [.. File.ReadAllLines(path).Where(static line => !line.StartsWith('#'))];
        foreach (string part in ("\n" + string.Join('\n', lines)).Split('\n' + Title).Skip(1))
        {
            yield return Parse(theme, part.Split('\n'));
        }
    }

    private static Case Parse(string theme, string[] lines)
    {
        List<(string Key, string Value)> headers = [];
        int next = 1;
        for (; next < lines.Length && Array.Find(Keys, key => lines[next].StartsWith(key + ": ", StringComparison.Ordinal)) is { } key; next++)
        {
            headers.Add((key, lines[next][(key.Length + 2)..].Trim()));
        }

        string? Find(string key) => headers.Where(header => header.Key == key).Select(static header => header.Value).SingleOrDefault();
        string name = $"{theme}: {lines[0]}";
        Assert.True((Find("kernel") is null) == (Find("because") is null), $"{name}: a difference from the kernel has a reason, and a reason a difference");
        CaseMap[] maps = [.. headers.Where(static header => header.Key == "map").Select(static header => CaseMap.Parse(header.Value))];
        string type = Find("type") ?? throw new FormatException($"{name} has no type");
        return new(
            name, ProgramTypes.All.Single(definition => definition.Name == type), Find("verdict") ?? throw new FormatException($"{name} has no verdict"),
            Find("kernel"), string.Join('\n', lines[next..]))
        {
            AttachType = Find("attach") is { } attach ? Enum.Parse<AttachType>(attach) : default,
            Target = Find("target"),
            Flags = Find("flags") is { } flags ? Enum.Parse<ProgramFlags>(flags) : default,
            License = Find("license") ?? "GPL",
            Maps = maps,
            Types = Types(headers),
        };
    }

    private static CaseTypes? Types(List<(string Key, string Value)> headers)
    {
        if (!headers.Exists(static header => header.Key is "struct" or "function"))
        {
            return null;
        }

        CaseTypes types = new();
        foreach ((string key, string value) in headers)
        {
            if (key == "struct")
            {
                types.AddStruct(value);
            }
            else if (key == "function")
            {
                types.AddFunction(value);
            }
        }

        return types;
    }
}
