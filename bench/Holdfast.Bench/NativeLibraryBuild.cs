using System.ComponentModel;
using System.Diagnostics;

namespace Holdfast.Bench;

/// <summary>Compiles the loops natively, with the options that the JIT is held against.</summary>
internal static class NativeLibraryBuild
{
    /// <summary>Builds the shared library.</summary>
    /// <param name="library">Its path.</param>
    /// <param name="reason">Why there is none.</param>
    /// <returns>Whether there is one.</returns>
    public static bool TryBuild(out string library, out string reason)
    {
        library = Path.Combine(AppContext.BaseDirectory, "loops.so");
        string[] sources = [.. Directory.GetFiles(Paths.Native, "*.c")];
        ProcessStartInfo start = new("clang", ["-O2", "-fno-vectorize", "-fno-slp-vectorize", "-shared", "-fPIC", "-o", library, .. sources])
        {
            RedirectStandardError = true,
        };
        try
        {
            using Process clang = Process.Start(start)!;
            string errors = clang.StandardError.ReadToEnd();
            clang.WaitForExit();
            reason = errors.Trim();
            return clang.ExitCode == 0;
        }
        catch (Win32Exception exception)
        {
            reason = $"clang can't be started ({exception.Message})";
            return false;
        }
    }
}
