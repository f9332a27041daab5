using System.CommandLine;

namespace Holdfast.Cli.Hosting;

/// <summary>Commands that help doesn't list.</summary>
internal static class CommandVisibility
{
    /// <summary>Hides a command.</summary>
    public static Command Hide(this Command command)
    {
        command.Hidden = true;
        return command;
    }
}
