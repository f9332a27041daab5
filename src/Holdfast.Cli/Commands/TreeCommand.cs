using System.CommandLine;
using System.Text.Json.Nodes;
using Holdfast.Cli.Formatting;
using Holdfast.Cli.Hosting;
using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Spectre.Console;

namespace Holdfast.Cli.Commands;

/// <summary><c>tree [PATH]</c></summary>
internal static class TreeCommand
{
    private const int MaximumDepth = 64;

    private static readonly Argument<string?> Path = new("PATH")
    {
        Description = "A directory of pins; the default mount if missing.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    /// <summary>The command.</summary>
    public static Command Create() => new Command("tree", "Show a mount: names with kinds, ids and sizes.") { Path }.Does(Run);

    private static void Run(CommandContext context)
    {
        using Bpf bpf = context.OpenBpf();
        string root = bpf.ResolvePath(context.Optional(Path) ?? bpf.DefaultMount);
        JsonArray entries = List(bpf, root, 0);
        if (context.Json)
        {
            CommandContext.WriteJson(new() { ["path"] = root, ["entries"] = entries });
            return;
        }

        Tree tree = new(new Text(root));
        Grow(tree, entries);
        context.Console.Write(tree);
    }

    private static JsonArray List(Bpf bpf, string path, int depth)
    {
        JsonArray entries = [];
        foreach (PinEntry entry in bpf.List(path).OrderBy(entry => entry.Name, StringComparer.Ordinal))
        {
            JsonObject json = Describe(entry);
            if (entry.Type == PinEntryType.Directory && depth < MaximumDepth)
                json["entries"] = List(bpf, System.IO.Path.Combine(path, entry.Name), depth + 1);
            entries.Add(json);
        }

        return entries;
    }

    private static JsonObject Describe(PinEntry entry)
    {
        JsonObject json = new() { ["name"] = entry.Name, ["kind"] = Kind(entry) };
        if (entry.Type != PinEntryType.Pin)
            return json;
        json["id"] = entry.Id;
        json["object_name"] = entry.ObjectName;
        json["bytes"] = entry.AllocatedBytes;
        json["mode"] = Convert.ToString(entry.Mode, 8);
        return json;
    }

    private static string Kind(PinEntry entry) => entry.Type switch
    {
        PinEntryType.Directory => "directory",
        PinEntryType.SymbolicLink => "symlink",
        PinEntryType.Unreadable => "unreadable",
        PinEntryType.Other => entry.Kind == ObjectKind.None ? "foreign" : "damaged",
        _ => entry.Kind == ObjectKind.Program ? "prog" : entry.Kind.ToString().ToLowerInvariant(),
    };

    private static void Grow(IHasTreeNodes parent, JsonArray entries)
    {
        foreach (JsonNode? node in entries)
        {
            JsonObject entry = (JsonObject)node!;
            string label = entry["id"] is { } id
                ? $"{entry["name"]}  {entry["kind"]} {id} '{entry["object_name"]}' {Units.Bytes((long)entry["bytes"]!)}"
                : $"{entry["name"]}{(entry["kind"]!.ToString() == "directory" ? "/" : $"  ({entry["kind"]})")}";
            TreeNode grown = parent.AddNode(new Text(label));
            if (entry["entries"] is JsonArray inner)
                Grow(grown, inner);
        }
    }
}
