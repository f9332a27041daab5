using System.CommandLine;
using System.Text.Json.Nodes;
using Holdfast.Cli.Formatting;
using Holdfast.Cli.Hosting;
using Holdfast.Isa.Abi;

namespace Holdfast.Cli.Commands;

/// <summary><c>map pop PATH</c> and <c>map peek PATH</c></summary>
internal static class MapPopCommand
{
    private static readonly Argument<string> Path = PinArgument.Create();

    /// <summary>Takes the value out.</summary>
    public static Command CreatePop()
    {
        Command command = new Command("pop", "Take the next value out of a queue or stack and print it.") { Path }.Does(context => Run(context, takes: true));
        command.Aliases.Add("dequeue");
        return command;
    }

    /// <summary>Looks at it.</summary>
    public static Command CreatePeek() => new Command("peek", "Print the next value of a queue or stack.") { Path }.Does(context => Run(context, takes: false));

    private static void Run(CommandContext context, bool takes)
    {
        using Bpf bpf = context.OpenBpf();
        using BpfMap map = PinArgument.OpenMap(bpf, context.Get(Path), takes ? MapFlags.None : MapFlags.ReadOnly);
        MapArguments.RequireKeyless(map, context.Get(Path));
        if (map.Type == MapType.BloomFilter)
            throw new CliException($"{context.Get(Path)} is a bloom_filter: it can't tell what was pushed");
        byte[] value = new byte[map.ValueBufferSize];
        if (!(takes ? map.TryLookupAndDelete([], value) : map.TryLookup([], value)))
            throw new CliException($"{context.Get(Path)} is empty");
        JsonNode read = new MapFormat(map).Value(value);
        if (context.Json)
            CommandContext.WriteJson(new() { ["value"] = read });
        else
            CommandContext.WriteLine(NodeText.Format(read));
    }
}
