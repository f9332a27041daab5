using System.CommandLine;
using System.Text.Json.Nodes;
using Holdfast.Cli.Formatting;
using Holdfast.Cli.Hosting;
using Spectre.Console;

namespace Holdfast.Cli.Commands;

/// <summary><c>stores</c></summary>
internal static class StoresCommand
{
    /// <summary>The command.</summary>
    public static Command Create() => new Command("stores", "List every store that you may read, with its mounts.").Does(Run);

    private static void Run(CommandContext context)
    {
        string?[] given = [context.Store, Environment.GetEnvironmentVariable("HOLDFAST_STORE")];
        List<JsonObject> stores = [.. BpfStore.Find(given.OfType<string>().Where(path => path.Length > 0)).Select(Describe)];
        if (context.Json)
        {
            CommandContext.WriteJson(new() { ["stores"] = new JsonArray([.. stores]) });
            return;
        }

        Table table = Tables.Create("store", "owner", "file system", "maps", "programs", "mounts");
        foreach (JsonObject store in stores)
            table.Add(store["error"] is { } error ? [$"{store["path"]}", "", "", "", "", $"{error}"] : Row(store));
        context.Console.Write(table);
    }

    private static IEnumerable<string> Row(JsonObject store) =>
        [$"{store["path"]}", $"{store["owner"]}", $"{store["file_system"]}", $"{store["maps"]}", $"{store["programs"]}", string.Join(' ', store["mounts"]!.AsArray().Select(mount => $"{mount!["path"]} ({mount["options"]})"))];

    private static JsonObject Describe(string path)
    {
        try
        {
            using Bpf bpf = Bpf.Open(new BpfOptions { Store = path, CreateStore = false });
            Storage.FileSystem.StoreDescription store = bpf.Store!.Describe();
            return new()
            {
                ["path"] = path,
                ["owner"] = store.Owner,
                ["file_system"] = store.FileSystem,
                ["maps"] = bpf.MapIds().Count(),
                ["programs"] = bpf.ProgramIds().Count(),
                ["mounts"] = new JsonArray([.. bpf.Mounts.Select(mount => new JsonObject { ["path"] = mount.Path, ["options"] = mount.Options.ToString() })]),
            };
        }
        catch (BpfException failure)
        {
            return new() { ["path"] = path, ["error"] = failure.Message };
        }
    }
}
