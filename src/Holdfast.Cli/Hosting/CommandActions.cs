using System.CommandLine;
using Holdfast.Btf;

namespace Holdfast.Cli.Hosting;

/// <summary>The one place where failures become one line on stderr and an exit code.</summary>
internal static class CommandActions
{
    /// <summary>Gives a command its action.</summary>
    /// <param name="command">The command.</param>
    /// <param name="action">What it does; its result is the exit code.</param>
    /// <returns>The command.</returns>
    public static Command Does(this Command command, Func<CommandContext, int> action)
    {
        command.SetAction(parsed => Guard(new CommandContext(parsed), action));
        return command;
    }

    /// <summary>Gives a command an action that succeeds unless it throws.</summary>
    public static Command Does(this Command command, Action<CommandContext> action) => command.Does(context =>
    {
        action(context);
        return CommandLine.Success;
    });

    private static int Guard(CommandContext context, Func<CommandContext, int> action)
    {
        try
        {
            return action(context);
        }
        catch (CliException failure)
        {
            return Report(failure.Message, failure.ExitCode);
        }
        catch (BpfException failure)
        {
            return Report(failure.Message, CommandLine.Failed);
        }
        catch (BtfException failure)
        {
            return Report(failure.Message, CommandLine.Failed);
        }
        catch (IOException failure)
        {
            return Report(failure.Message, CommandLine.Failed);
        }
        catch (UnauthorizedAccessException failure)
        {
            return Report(failure.Message, CommandLine.Failed);
        }
    }

    private static int Report(string message, int exitCode)
    {
        Console.Error.WriteLine($"holdfast: {CommandLine.OneLine(message)}");
        return exitCode;
    }
}
