using System.Diagnostics;
using Holdfast.Cli.Hosting;

namespace Holdfast.Cli.Demo;

/// <summary>This very command, again, as a process of its own.</summary>
internal static class ChildProcess
{
    /// <summary>Runs to the end; stdout is shown or returned, stderr is shown.</summary>
    /// <param name="arguments">Arguments.</param>
    /// <param name="capture">Whether stdout is returned instead of shown.</param>
    /// <param name="processId">The id that the process had.</param>
    /// <returns>Captured stdout, or nothing.</returns>
    public static string Run(IEnumerable<string> arguments, bool capture, out int processId)
    {
        string executable = Environment.ProcessPath ?? throw new CliException("this process doesn't know its own executable");
        ProcessStartInfo start = new(executable) { RedirectStandardOutput = capture, UseShellExecute = false };
        if (Path.GetFileNameWithoutExtension(executable) == "dotnet")
            start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, typeof(ChildProcess).Assembly.GetName().Name + ".dll"));
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        Console.Out.Flush();
        using Process process = Process.Start(start) ?? throw new CliException($"{executable} can't be started");
        processId = process.Id;
        string output = capture ? process.StandardOutput.ReadToEnd() : "";
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new CliException($"process {process.Id} exited with {process.ExitCode}");
    }
}
