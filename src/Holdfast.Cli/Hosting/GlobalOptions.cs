using System.CommandLine;

namespace Holdfast.Cli.Hosting;

/// <summary>Options that every command takes.</summary>
internal static class GlobalOptions
{
    /// <summary><c>--engine</c>.</summary>
    public static Option<string> Engine { get; } = CreateEngine();

    /// <summary><c>--store</c>.</summary>
    public static Option<string?> Store { get; } = new("--store")
    {
        Description = "Directory of the userspace engine's store (or HOLDFAST_STORE; by default the calling user's).",
        HelpName = "DIR",
        Recursive = true,
    };

    /// <summary><c>--json</c>.</summary>
    public static Option<bool> Json { get; } = new("--json") { Description = "Print JSON.", Recursive = true };

    private static Option<string> CreateEngine()
    {
        Option<string> option = new("--engine")
        {
            Description = "The userspace engine or the running kernel's.",
            Recursive = true,
            DefaultValueFactory = _ => "user",
        };
        option.AcceptOnlyFromAmong("user", "kernel");
        return option;
    }
}
