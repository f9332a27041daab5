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

    /// <summary>The name of a link type; its number if it has none.</summary>
    public static string Of(LinkType type) => Spell(type);

    /// <summary>The name of an attach type; its number if it has none.</summary>
    public static string Of(AttachType type) => Spell(type);

    /// <summary>The name of a netfilter hook.</summary>
    public static string Of(NetfilterPoint point) => Spell(point);

    /// <summary>The name of a helper.</summary>
    public static string Of(HelperId helper) => HelperNames.Of(helper);

    /// <summary>The map type of a name or number.</summary>
    public static MapType ParseMapType(string text) => Parse(text, "bpf_map_type_", "map type", Enum.GetValues<MapType>().Where(type => type != MapType.Unspec));

    /// <summary>The program type of a name or number.</summary>
    public static ProgramType ParseProgramType(string text) => Parse(text, "bpf_prog_type_", "program type", Enum.GetValues<ProgramType>().Where(type => type != ProgramType.Unspec));

    /// <summary>The attach type of a name or number.</summary>
    public static AttachType ParseAttachType(string text) => Parse(text, "bpf_", "attach type", Enum.GetValues<AttachType>());

    private static T Parse<T>(string text, string prefix, string what, IEnumerable<T> known)
        where T : struct, Enum
    {
        if (uint.TryParse(text, out uint number))
            return (T)Enum.ToObject(typeof(T), number);
        string wanted = text.ToLowerInvariant().Replace(prefix, "", StringComparison.Ordinal).Replace('-', '_');
        foreach (T type in known)
        {
            if (Spell(type) == wanted)
                return type;
        }

        throw CliException.Usage($"'{text}' is no {what}; known are {string.Join(", ", known.Select(Spell))}");
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
