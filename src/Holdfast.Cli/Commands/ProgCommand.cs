using System.CommandLine;

namespace Holdfast.Cli.Commands;

/// <summary><c>prog …</c></summary>
internal static class ProgCommand
{
    /// <summary>The group.</summary>
    public static Command Create() => new("prog", "Load, inspect and run programs.")
    {
        ProgLoadCommand.Create(),
        ProgLoadAllCommand.Create(),
        ProgShowCommand.Create(),
        ProgRunCommand.Create(),
        ProgDumpCommand.Create(),
    };
}
