using System.Text;
using Holdfast.Cli.Hosting;
using Holdfast.Isa.Abi;

namespace Holdfast.Cli.Formatting;

/// <summary>Enumerations in bpftool's spelling (<c>lru_percpu_hash</c>).</summary>
internal static class KernelNames
{
    private static readonly (string Ours, string Theirs)[] Words =
    [
        ("PerCpu", "Percpu"), ("DevMap", "Devmap"), ("SockMap", "Sockmap"), ("CpuMap", "Cpumap"), ("XskMap", "Xskmap"),
        ("SockHash", "Sockhash"), ("SockArray", "Sockarray"), ("RingBuf", "Ringbuf"),
    ];

    /// <summary>The name of a map type; its number if it has none.</summary>
    public static string Of(MapType type) => Spell(type);

    /// <summary>The name of a program type; its number if it has none.</summary>
    public static string Of(ProgramType type) => Spell(type);

    /// <summary>The map type of a name or number.</summary>
    public static MapType ParseMapType(string text)
    {
        if (uint.TryParse(text, out uint number))
            return (MapType)number;
        string wanted = text.ToLowerInvariant().Replace("bpf_map_type_", "", StringComparison.Ordinal).Replace('-', '_');
        MapType[] known = [.. Enum.GetValues<MapType>().Where(type => type != MapType.Unspec)];
        foreach (MapType type in known)
        {
            if (Spell(type) == wanted)
                return type;
        }

        throw CliException.Usage($"'{text}' is no map type; known are {string.Join(", ", known.Select(type => Spell(type)))}");
    }

    private static string Spell<T>(T value)
        where T : struct, Enum
    {
        string name = value.ToString();
        foreach ((string ours, string theirs) in Words)
            name = name.Replace(ours, theirs, StringComparison.Ordinal);
        StringBuilder text = new();
        foreach (char letter in name)
        {
            if (char.IsUpper(letter) && text.Length > 0)
                text.Append('_');
            text.Append(char.ToLowerInvariant(letter));
        }

        return text.ToString();
    }
}
