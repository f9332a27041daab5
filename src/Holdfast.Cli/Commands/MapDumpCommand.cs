using System.CommandLine;
using System.Text.Json.Nodes;
using Holdfast.Cli.Formatting;
using Holdfast.Cli.Hosting;
using Holdfast.Isa.Abi;
using Spectre.Console;

namespace Holdfast.Cli.Commands;

/// <summary><c>map dump PATH</c></summary>
internal static class MapDumpCommand
{
    private static readonly Argument<string> Path = PinArgument.Create();

    /// <summary>The command.</summary>
    public static Command Create() => new Command("dump", "Print all entries.") { Path }.Does(Run);

    private static void Run(CommandContext context)
    {
        using Bpf bpf = context.OpenBpf();
        using BpfMap map = PinArgument.OpenMap(bpf, context.Get(Path), MapFlags.ReadOnly);
        if (map.KeySize == 0)
            throw new CliException($"{context.Get(Path)} is a {KernelNames.Of(map.Type)} map, which has no keys to go through: use map peek and map pop");
        MapFormat format = new(map);
        if (context.Json)
        {
            JsonArray entries = [];
            foreach ((byte[] key, byte[] value) in map.Entries())
                entries.Add(new JsonObject { ["key"] = format.Key(key), ["value"] = format.Value(value) });
            CommandContext.WriteJson(new() { ["map"] = MapDetails.Json(map), ["entries"] = entries });
            return;
        }

        List<(JsonNode Key, JsonNode Value)> rows = [.. map.Entries().Select(entry => (format.Key(entry.Key), format.Value(entry.Value)))];
        if (rows.Count > 0)
            context.Console.Write(EntryTable.Create(rows));
        CommandContext.WriteLine($"{rows.Count} {(rows.Count == 1 ? "entry" : "entries")}");
    }
}
