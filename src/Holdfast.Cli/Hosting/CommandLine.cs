using System.CommandLine;
using System.CommandLine.Help;
using Holdfast.Cli.Commands;

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
            Console.Error.WriteLine($"holdfast: {OneLine(parsed.Errors[0].Message)} (see 'holdfast --help')");
            return Usage;
        }

        return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
    }

    /// <summary>Messages are one line, whatever is in the names that they quote.</summary>
    public static string OneLine(string text) => string.Join(' ', text.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
