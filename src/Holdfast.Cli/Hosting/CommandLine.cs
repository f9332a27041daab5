using System.CommandLine;
using System.CommandLine.Help;
using Holdfast.Btf;
using Holdfast.Cli.Commands;
using Holdfast.Objects;

namespace Holdfast.Cli.Hosting;

/// <summary>The way from arguments to an exit code.</summary>
internal static class CommandLine
{
    /// <summary>Done.</summary>
    public const int Success = 0;

    /// <summary>Refused or failed, with one line on stderr.</summary>
    public const int Failed = 1;

    /// <summary>The command line itself is wrong.</summary>
    public const int Usage = 2;

    /// <summary>Parses and runs.</summary>
    public static int Run(string[] arguments)
    {
        ParseResult parsed = HoldfastCommand.Create().Parse(arguments);
        if (parsed.Errors.Count > 0 && parsed.Action is not HelpAction)
        {
            string message = parsed.UnmatchedTokens is [var token, ..] ? $"'{token}' is no command or argument here" : parsed.Errors[0].Message;
            Console.Error.WriteLine($"holdfast: {OneLine(message)} (see 'holdfast --help')");
            return Usage;
        }

        return Guard(() => parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false }));
    }

    /// <summary>The one place where failures become one line on stderr and an exit code; anything else is our own bug and shows as such.</summary>
    private static int Guard(Func<int> action)
    {
        try
        {
            return action();
        }
        catch (CliException failure)
        {
            return Report(failure.Message, failure.ExitCode);
        }
        catch (BpfException failure)
        {
            return Report(failure.Message, Failed);
        }
        catch (Exception failure) when (failure is BtfException or ObjectFormatException or IOException or UnauthorizedAccessException)
        {
            return Report(failure.Message, Failed);
        }
    }

    private static int Report(string message, int exitCode)
    {
        Console.Error.WriteLine($"holdfast: {OneLine(message)}");
        return exitCode;
    }

    /// <summary>Messages are one line, whatever is in the names that they quote.</summary>
    public static string OneLine(string text) => string.Join(' ', text.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
