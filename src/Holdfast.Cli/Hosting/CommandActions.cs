using System.CommandLine;

namespace Holdfast.Cli.Hosting;

/// <summary>Ties commands to what they do. What an action throws is told by <see cref="CommandLine"/>.</summary>
internal static class CommandActions
{
    /// <summary>Gives a command its action.</summary>
    /// <param name="command">The command.</param>
    /// <param name="action">What it does; its result is the exit code.</param>
    /// <returns>The command.</returns>
    public static Command Does(this Command command, Func<CommandContext, int> action)
    {
        command.SetAction(parsed => action(new CommandContext(parsed)));
        return command;
    }

    /// <summary>Gives a command an action that succeeds unless it throws.</summary>
    public static Command Does(this Command command, Action<CommandContext> action) => command.Does(context =>
    {
        action(context);
        return CommandLine.Success;
    });
}
