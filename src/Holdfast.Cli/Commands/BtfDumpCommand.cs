using System.CommandLine;
using System.Text.Json.Nodes;
using Holdfast.Btf;
using Holdfast.Cli.Formatting;
using Holdfast.Cli.Hosting;

namespace Holdfast.Cli.Commands;

/// <summary><c>btf dump FILE</c></summary>
internal static class BtfDumpCommand
{
    private static readonly Argument<string> Source = new("FILE") { Description = "An object file, or raw BTF such as /sys/kernel/btf/vmlinux." };

    /// <summary>The command.</summary>
    public static Command Create() => new Command("dump", "Print all types of a file.") { Source }.Does(Run);

    private static void Run(CommandContext context)
    {
        BtfGraph graph = Read(context.Get(Source));
        BtfText text = new(graph);
        if (context.Json)
        {
            CommandContext.WriteJson(new() { ["types"] = new JsonArray([.. graph.Types.Select(text.Json)]) });
            return;
        }

        foreach (BtfType type in graph.Types)
        {
            foreach (string line in text.Lines(type))
                CommandContext.WriteLine(line);
        }
    }

    private static BtfGraph Read(string path)
    {
        byte[] bytes = InputFile.ReadBytes(path);
        if (ObjectInput.IsElf(bytes))
            return ObjectInput.Parse(bytes, path).Btf ?? throw new CliException($"{path} holds no BTF; compile it with -g");
        return BtfGraph.TryRead(bytes, null, out BtfGraph? graph, out IReadOnlyList<BtfDiagnostic> diagnostics)
            ? graph
            : throw new CliException($"{path} is neither an object file nor BTF: {diagnostics[0]}");
    }
}
