using System.CommandLine;

namespace Holdfast.Cli.Commands;

/// <summary><c>btf …</c></summary>
internal static class BtfCommand
{
    /// <summary>The group.</summary>
    public static Command Create() => new("btf", "Look at types.") { BtfDumpCommand.Create() };
}
