using System.CommandLine;
using Holdfast.Cli.Formatting;
using Holdfast.Cli.Hosting;
using Holdfast.Isa.Abi;

namespace Holdfast.Cli.Commands;

/// <summary><c>map create PATH --type T --key N --value N --entries N</c></summary>
internal static class MapCreateCommand
{
    private static readonly Argument<string> Path = PinArgument.Create("Where to pin the map.");
    private static readonly Option<string> Type = new("--type") { Description = "Map type, e.g. hash.", HelpName = "T", Required = true };
    private static readonly Option<uint> Key = new("--key") { Description = "Key size in bytes.", HelpName = "N" };
    private static readonly Option<uint> Value = new("--value") { Description = "Value size in bytes.", HelpName = "N" };
    private static readonly Option<uint> Entries = new("--entries") { Description = "Capacity in entries.", HelpName = "N", Required = true };
    private static readonly Option<string?> Name = new("--name") { Description = "The map's own name, at most 15 letters, digits, _ and dots.", HelpName = "S" };
    private static readonly Option<uint> Flags = new("--flags") { Description = "Creation flags, as in bpf(2).", HelpName = "N" };

    /// <summary>The command.</summary>
    public static Command Create() => new Command("create", "Create a map and pin it.") { Path, Type, Key, Value, Entries, Name, Flags }.Does(Run);

    private static void Run(CommandContext context)
    {
        string path = context.Get(Path);
        MapType type = KernelNames.ParseMapType(context.Get(Type)!);
        using Bpf bpf = context.OpenBpf();
        using BpfMap map = bpf.CreateMap(new MapCreateAttribute
        {
            MapType = type,
            KeySize = context.Get(Key),
            ValueSize = context.Get(Value),
            MaxEntries = context.Get(Entries),
            MapFlags = (MapFlags)context.Get(Flags),
            MapName = ObjectName.From(context.Get(Name) ?? NameFrom(path)),
        });
        map.Pin(path);
        if (context.Json)
            CommandContext.WriteJson(new() { ["map"] = MapDetails.Json(map, bpf.ResolvePath(path)) });
        else
            CommandContext.WriteLine($"{KernelNames.Of(map.Type)} map {map.Id} pinned at {bpf.ResolvePath(path)}");
    }

    /// <summary>The pin's name in the letters that bpf(2) takes.</summary>
    private static string NameFrom(string path) =>
        string.Concat(System.IO.Path.GetFileName(path).Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '.' ? letter : '_'));
}
