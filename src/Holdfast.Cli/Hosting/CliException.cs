namespace Holdfast.Cli.Hosting;

/// <summary>A command can't go on: one line, and the exit code.</summary>
internal sealed class CliException(string message, int exitCode = CommandLine.Failed) : Exception(message)
{
    /// <summary>What the process exits with.</summary>
    public int ExitCode { get; } = exitCode;

    /// <summary>The arguments contradict each other or mean nothing.</summary>
    public static CliException Usage(string message) => new(message, CommandLine.Usage);
}
