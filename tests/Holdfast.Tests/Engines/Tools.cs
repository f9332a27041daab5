using System.Diagnostics;
using Holdfast.Kernel;
using Microsoft.Win32.SafeHandles;

namespace Holdfast.Tests.Engines;

/// <summary>The stock tools.</summary>
internal static class Tools
{
    /// <summary>Runs one, which must succeed.</summary>
    public static string Run(string program, params string[] arguments)
    {
        int exit = Start(program, arguments, out string output, out string error);
        Assert.True(exit == 0, $"{program} {string.Join(' ', arguments)}: {error}");
        return output;
    }

    /// <summary>Runs one, which may fail.</summary>
    /// <returns><c>done</c>, or the error as the C library words it: what follows the last colon.</returns>
    public static string Try(string program, params string[] arguments)
    {
        int exit = Start(program, arguments, out _, out string error);
        return exit == 0 ? "done" : error.Length == 0 ? "no" : error[(error.LastIndexOf(':') + 1)..].Trim();
    }

    private static int Start(string program, string[] arguments, out string output, out string error)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment["LC_ALL"] = "C";
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        output = process.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit();
        error = errors.Result.Trim();
        return process.ExitCode;
    }

    /// <summary>The base library opens no directories; what opens places to attach to does.</summary>
    public static SafeFileHandle OpenDirectory(string path)
    {
        using KernelEngine kernel = new();
        SafeFileHandle handle = new(kernel.OpenTarget(path), ownsHandle: true);
        Assert.False(handle.IsInvalid, path);
        return handle;
    }
}
