using System.CommandLine;
using Holdfast.Cli.Formatting;
using Holdfast.Cli.Hosting;
using Holdfast.Storage;
using Holdfast.Userspace;

namespace Holdfast.Cli.Commands;

/// <summary><c>id OBJECT</c></summary>
internal static class IdCommand
{
    private static readonly Argument<string> Source = ObjectArgument.Create();

    /// <summary>The command.</summary>
    public static Command Create() => new Command("id", "Say what an object is, where it is pinned, what it uses and who uses it.") { Source }.Does(Run);

    private static void Run(CommandContext context)
    {
        using Bpf bpf = context.OpenBpf();
        BpfGraph graph = bpf.ReadGraph();
        using BpfHandle handle = ObjectArgument.Open(bpf, context.Get(Source), context.UsesKernel ? Isa.Abi.MapFlags.None : Isa.Abi.MapFlags.ReadOnly);
        ObjectKey key = ObjectArgument.KeyOf(handle);
        if (bpf.Engine is UserspaceEngine engine && !engine.IsOfThisStore(handle.Handle.Descriptor))
            throw new CliException($"{ObjectArgument.TextOf(key)} belongs to another store than {engine.Store.Path}; open that store with --store (map show and fdinfo work here)");
        BpfGraphNode node = graph.Nodes.FirstOrDefault(candidate => candidate.Key == key)
            ?? throw new CliException($"{ObjectArgument.TextOf(key)} was made just now; ask again");
        if (context.Json)
        {
            CommandContext.WriteJson(GraphText.Json(graph, node));
            return;
        }

        foreach (string line in GraphText.Lines(graph, node))
            CommandContext.WriteLine(line);
    }
}
