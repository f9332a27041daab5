using System.CommandLine;
using System.Text.Json.Nodes;
using Holdfast.Cli.Formatting;
using Holdfast.Cli.Hosting;
using Holdfast.Isa.Abi;
using Spectre.Console;

namespace Holdfast.Cli.Commands;

/// <summary><c>map show|list [PATH]</c></summary>
internal static class MapShowCommand
{
    private static readonly Argument<string?> Path = new("PATH")
    {
        Description = "A pin, or id:N; all live maps if missing.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        Command command = new("show", "Show one map, or all.") { Path };
        command.Aliases.Add("list");
        return command.Does(Run);
    }

    private static void Run(CommandContext context)
    {
        using Bpf bpf = context.OpenBpf();
        List<BpfMap> maps = context.Optional(Path) is { } path ? [PinArgument.OpenMap(bpf, path, MapFlags.ReadOnly)] : [.. All(bpf)];
        if (context.Json)
            CommandContext.WriteJson(new() { ["maps"] = new JsonArray([.. maps.Select(map => MapDetails.Json(map))]) });
        else
            Print(context, maps);
        maps.ForEach(map => map.Dispose());
    }

    private static void Print(CommandContext context, List<BpfMap> maps)
    {
        Table table = Tables.Create(MapDetails.Headers);
        foreach (BpfMap map in maps)
            table.Add(MapDetails.Row(map));
        context.Console.Write(table);
    }

    /// <summary>Opens each live map; one that goes meanwhile, or is another user's, is passed over.</summary>
    private static IEnumerable<BpfMap> All(Bpf bpf)
    {
        foreach (uint id in bpf.MapIds())
        {
            BpfMap? map = null;
            try
            {
                map = bpf.OpenMap(id);
            }
            catch (BpfException failure) when (failure.Errno is Errno.ENOENT or Errno.EACCES or Errno.EPERM)
            {
                // Gone, or not ours to see.
            }

            if (map is not null)
                yield return map;
        }
    }
}
