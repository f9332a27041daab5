using System.CommandLine;
using Holdfast.Cli.Formatting;
using Holdfast.Cli.Hosting;
using Holdfast.Isa.Abi;

namespace Holdfast.Cli.Commands;

/// <summary><c>map next PATH [KEY]</c></summary>
internal static class MapNextCommand
{
    private static readonly Argument<string> Path = PinArgument.Create();
    private static readonly Argument<string?> Key = new("KEY") { Description = "The key to go on from; the first one if missing.", Arity = ArgumentArity.ZeroOrOne };

    /// <summary>The command.</summary>
    public static Command Create() => new Command("next", "Print the key after a key, in the map's order.") { Path, Key }.Does(Run);

    private static void Run(CommandContext context)
    {
        using Bpf bpf = context.OpenBpf();
        using BpfMap map = PinArgument.OpenMap(bpf, context.Get(Path), MapFlags.ReadOnly);
        MapFormat format = new(map);
        byte[] from = context.Optional(Key) is { } text ? format.ParseKey(text) : [];
        byte[] next = new byte[map.KeySize];
        if (!map.TryGetNextKey(from, next))
            throw new CliException(from.Length == 0 ? $"{context.Get(Path)} is empty" : $"{context.Get(Path)} has no key after {NodeText.Format(format.Key(from))}");
        if (context.Json)
            CommandContext.WriteJson(new() { ["next_key"] = format.Key(next) });
        else
            CommandContext.WriteLine(NodeText.Format(format.Key(next)));
    }
}
