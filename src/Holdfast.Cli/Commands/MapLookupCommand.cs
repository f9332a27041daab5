using System.CommandLine;
using System.Text.Json.Nodes;
using Holdfast.Cli.Formatting;
using Holdfast.Cli.Hosting;
using Holdfast.Isa.Abi;

namespace Holdfast.Cli.Commands;

/// <summary><c>map lookup PATH KEY</c></summary>
internal static class MapLookupCommand
{
    private static readonly Argument<string> Path = PinArgument.Create();
    private static readonly Argument<string> Key = MapArguments.Key();

    /// <summary>The command.</summary>
    public static Command Create() => new Command("lookup", "Print the value of a key.") { Path, Key }.Does(Run);

    private static void Run(CommandContext context)
    {
        using Bpf bpf = context.OpenBpf();
        using BpfMap map = PinArgument.OpenMap(bpf, context.Get(Path), MapFlags.ReadOnly);
        MapFormat format = new(map);
        byte[] key = format.ParseKey(context.Get(Key));
        byte[] value = new byte[map.ValueBufferSize];
        if (!map.TryLookup(key, value))
            throw new CliException($"{context.Get(Path)} has no key {NodeText.Format(format.Key(key))}");
        JsonNode read = format.Value(value);
        if (context.Json)
            CommandContext.WriteJson(new() { ["key"] = format.Key(key), ["value"] = read });
        else
            CommandContext.WriteLine(NodeText.Format(read));
    }
}
