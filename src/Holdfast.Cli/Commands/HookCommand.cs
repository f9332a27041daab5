using System.CommandLine;

namespace Holdfast.Cli.Commands;

/// <summary><c>hook …</c></summary>
internal static class HookCommand
{
    /// <summary>The group.</summary>
    public static Command Create() => new("hook", "Make places to attach programs to, look at them, and run what is attached.")
    {
        HookCreateCommand.Create(),
        HookShowCommand.Create(),
        HookRunCommand.Create(),
    };
}
