using System.CommandLine;
using System.Text.Json.Nodes;
using Holdfast.Cli.Hosting;
using Holdfast.Isa.Abi;

namespace Holdfast.Cli.Commands;

/// <summary><c>fdinfo OBJECT</c></summary>
internal static class FdInfoCommand
{
    private static readonly Argument<string> Source = ObjectArgument.Create();

    /// <summary>The command.</summary>
    public static Command Create() => new Command("fdinfo", "Print what /proc/self/fdinfo says of an object's descriptor, in the kernel's form.") { Source }.Does(Run);

    private static void Run(CommandContext context)
    {
        using Bpf bpf = context.OpenBpf();
        using BpfHandle handle = ObjectArgument.Open(bpf, context.Get(Source), context.UsesKernel ? MapFlags.None : MapFlags.ReadOnly);
        string text = handle.ReadFdInfo();
        if (!context.Json)
        {
            Console.Out.Write(text);
            return;
        }

        JsonObject lines = [];
        foreach (string[] line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(":\t", 2)))
            lines[line[0]] = line[^1];
        CommandContext.WriteJson(new() { ["fdinfo"] = lines });
    }
}
