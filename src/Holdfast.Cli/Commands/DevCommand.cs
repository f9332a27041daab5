using System.CommandLine;
using System.Text.Json.Nodes;
using Holdfast.Cli.Hosting;

namespace Holdfast.Cli.Commands;

/// <summary><c>dev create|connect|destroy|list</c></summary>
internal static class DevCommand
{
    private static readonly Argument<string> Source = ObjectArgument.Create();
    private static readonly Argument<string> Node = new("NODE") { Description = "A node's name, map0 or prog1, or its path." };

    /// <summary>The group.</summary>
    public static Command Create() => new("dev", "Numbered nodes of maps and programs.")
    {
        new Command("create", "Give an object a numbered node.") { Source }.Does(CreateNode),
        new Command("connect", "Open the object of a node, and show it.") { Node }.Does(Connect),
        new Command("destroy", "Remove a node.") { Node }.Does(Destroy),
        new Command("list", "List all nodes.").Does(List),
    };

    private static void CreateNode(CommandContext context)
    {
        using Bpf bpf = context.OpenBpf();
        using BpfHandle handle = ObjectArgument.Open(bpf, context.Get(Source));
        BpfNode node = bpf.Nodes.Create(handle);
        if (context.Json)
            CommandContext.WriteJson(new() { ["node"] = Json(node) });
        else
            CommandContext.WriteLine(Text(node));
    }

    private static void Connect(CommandContext context)
    {
        using Bpf bpf = context.OpenBpf();
        using BpfHandle handle = bpf.Nodes.Connect(context.Get(Node));
        string key = ObjectArgument.TextOf(ObjectArgument.KeyOf(handle));
        if (context.Json)
            CommandContext.WriteJson(new() { ["object"] = key });
        else
            CommandContext.WriteLine($"{context.Get(Node)} is {key}");
    }

    private static void Destroy(CommandContext context)
    {
        using Bpf bpf = context.OpenBpf();
        bpf.Nodes.Destroy(context.Get(Node));
        if (context.Json)
            CommandContext.WriteJson(new() { ["destroyed"] = context.Get(Node) });
    }

    private static void List(CommandContext context)
    {
        using Bpf bpf = context.OpenBpf();
        IReadOnlyList<BpfNode> nodes = bpf.Nodes.List();
        if (context.Json)
        {
            CommandContext.WriteJson(new() { ["nodes"] = new JsonArray([.. nodes.Select(Json)]) });
            return;
        }

        foreach (BpfNode node in nodes)
            CommandContext.WriteLine(Text(node));
    }

    /// <summary>The major number is 0, as of all devices that no driver has registered: there is no driver.</summary>
    private static string Text(BpfNode node) =>
        $"0:{node.Minor} {ObjectArgument.KindText(node.Kind)}:{node.Id} uid {node.User} {node.Path}";

    private static JsonObject Json(BpfNode node) => new()
    {
        ["major"] = 0,
        ["minor"] = node.Minor,
        ["kind"] = ObjectArgument.KindText(node.Kind),
        ["id"] = node.Id,
        ["uid"] = node.User,
        ["path"] = node.Path,
    };
}
