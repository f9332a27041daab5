using System.Diagnostics;

namespace Holdfast.Kernel.Tests.Support;

/// <summary>The stock tools. They run in the calling thread's namespaces.</summary>
internal static class Tools
{
    /// <summary>Runs one, which must succeed.</summary>
    public static string Run(string program, params string[] arguments)
    {
        string output = TryRun(out string? error, program, arguments);
        Assert.True(error is null, $"{program} {string.Join(' ', arguments)}: {error}");
        return output;
    }

    /// <summary>Runs one.</summary>
    public static string TryRun(out string? error, string program, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        error = process.ExitCode == 0 ? null : errors.Result.Trim() is { Length: > 0 } said ? said : $"exited with {process.ExitCode}";
        return output.Trim();
    }
}
