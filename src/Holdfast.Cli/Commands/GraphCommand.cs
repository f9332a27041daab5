using System.CommandLine;
using System.Text.Json.Nodes;
using Holdfast.Cli.Formatting;
using Holdfast.Cli.Hosting;

namespace Holdfast.Cli.Commands;

/// <summary><c>graph [--format text|dot|mermaid|json]</c></summary>
internal static class GraphCommand
{
    private static readonly Option<string> Format = CreateFormat();

    /// <summary>The command.</summary>
    public static Command Create() => new Command("graph", "Show what uses what: programs, maps, links, names, processes.") { Format }.Does(Run);

    private static Option<string> CreateFormat()
    {
        Option<string> option = new("--format") { Description = "text, dot (Graphviz), mermaid or json.", DefaultValueFactory = _ => "text" };
        option.AcceptOnlyFromAmong("text", "dot", "mermaid", "json");
        return option;
    }

    private static void Run(CommandContext context)
    {
        using Bpf bpf = context.OpenBpf();
        BpfGraph graph = bpf.ReadGraph();
        switch (context.Json ? "json" : context.Get(Format))
        {
            case "json":
                CommandContext.WriteJson(new() { ["objects"] = new JsonArray([.. graph.Nodes.Select(node => GraphText.Json(graph, node))]) });
                break;
            case "dot":
                CommandContext.WriteLine(GraphText.Dot(graph));
                break;
            case "mermaid":
                CommandContext.WriteLine(GraphText.Mermaid(graph));
                break;
            default:
                foreach (string line in graph.Nodes.SelectMany(node => GraphText.Lines(graph, node)))
                    CommandContext.WriteLine(line);
                break;
        }
    }
}
