using System.CommandLine;
using Holdfast.Cli.Features;
using Holdfast.Cli.Hosting;

namespace Holdfast.Cli.Commands;

/// <summary><c>feature</c></summary>
internal static class FeatureCommand
{
    /// <summary>The command.</summary>
    public static Command Create() => new Command("feature", "List map types, program types and helpers, both engines side by side.").Does(Run);

    private static void Run(CommandContext context)
    {
        using Bpf user = Bpf.Open(new BpfOptions { Store = context.Store });
        using Bpf kernel = Bpf.OpenKernel();
        FeatureMatrix matrix = FeatureMatrix.Probe(user.Features, kernel.Features);
        if (context.Json)
            CommandContext.WriteJson(matrix.Json());
        else
            matrix.Print(context.Console);
    }
}
