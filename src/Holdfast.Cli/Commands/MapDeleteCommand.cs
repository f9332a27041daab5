using System.CommandLine;
using Holdfast.Cli.Formatting;
using Holdfast.Cli.Hosting;

namespace Holdfast.Cli.Commands;

/// <summary><c>map delete PATH KEY</c></summary>
internal static class MapDeleteCommand
{
    private static readonly Argument<string> Path = PinArgument.Create();
    private static readonly Argument<string> Key = MapArguments.Key();

    /// <summary>The command.</summary>
    public static Command Create() => new Command("delete", "Delete an entry.") { Path, Key }.Does(Run);

    private static void Run(CommandContext context)
    {
        using Bpf bpf = context.OpenBpf();
        using BpfMap map = PinArgument.OpenMap(bpf, context.Get(Path));
        MapFormat format = new(map);
        byte[] key = format.ParseKey(context.Get(Key));
        if (!map.TryDelete(key))
            throw new CliException($"{context.Get(Path)} has no key {NodeText.Format(format.Key(key))}");
        if (context.Json)
            CommandContext.WriteJson(new() { ["key"] = format.Key(key), ["deleted"] = true });
    }
}
