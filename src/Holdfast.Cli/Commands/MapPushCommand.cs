using System.CommandLine;
using Holdfast.Cli.Formatting;
using Holdfast.Cli.Hosting;
using Holdfast.Isa.Abi;

namespace Holdfast.Cli.Commands;

/// <summary><c>map push PATH VALUE [--force]</c></summary>
internal static class MapPushCommand
{
    private static readonly Argument<string> Path = PinArgument.Create();
    private static readonly Argument<string> Value = MapArguments.Value();
    private static readonly Option<bool> Force = new("--force") { Description = "A full queue or stack loses its oldest element." };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        Command command = new Command("push", "Put a value into a queue, stack or bloom filter.") { Path, Value, Force }.Does(Run);
        command.Aliases.Add("enqueue");
        return command;
    }

    private static void Run(CommandContext context)
    {
        using Bpf bpf = context.OpenBpf();
        using BpfMap map = PinArgument.OpenMap(bpf, context.Get(Path));
        MapArguments.RequireKeyless(map, context.Get(Path));
        MapFormat format = new(map);
        map.Update([], format.ParseValue(context.Get(Value)), context.Get(Force) ? UpdateFlags.Exist : UpdateFlags.Any);
        if (context.Json)
            CommandContext.WriteJson(new() { ["pushed"] = true });
    }
}
