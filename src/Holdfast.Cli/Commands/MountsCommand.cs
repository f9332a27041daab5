using System.CommandLine;
using System.Text.Json.Nodes;
using Holdfast.Cli.Formatting;
using Holdfast.Cli.Hosting;
using Holdfast.Isa.Abi;
using Spectre.Console;

namespace Holdfast.Cli.Commands;

/// <summary><c>mounts</c></summary>
internal static class MountsCommand
{
    /// <summary>The command.</summary>
    public static Command Create() => new Command("mounts", "List the mounted file systems of pins with their options.").Does(Run);

    private static void Run(CommandContext context)
    {
        using Bpf bpf = context.OpenBpf();
        IReadOnlyList<BpffsMount> mounts = bpf.Mounts;
        if (context.Json)
        {
            CommandContext.WriteJson(new() { ["mounts"] = new JsonArray([.. mounts.Select(Json)]) });
            return;
        }

        Table table = Tables.Create("path", "options");
        foreach (BpffsMount mount in mounts)
            table.Add(mount.Path, mount.Options.ToString());
        context.Console.Write(table);
    }

    private static JsonObject Json(BpffsMount mount) => new() { ["path"] = mount.Path, ["options"] = mount.Options.ToString() };
}
