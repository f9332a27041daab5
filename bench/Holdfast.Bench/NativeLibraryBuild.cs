using System.ComponentModel;
using System.Diagnostics;

namespace Holdfast.Bench;

/// <summary>Compiles C to measure against, with the options that the JIT is held against.</summary>
internal static class NativeLibraryBuild
{
    /// <summary>Builds the shared library.</summary>
    /// <param name="folder">Folder of the sources, below <c>bench/Native</c>; empty for the loops.</param>
    /// <param name="library">Its path.</param>
    /// <param name="reason">Why there is none.</param>
    /// <returns>Whether there is one.</returns>
    public static bool TryBuild(string folder, out string library, out string reason)
    {
        library = Path.Combine(AppContext.BaseDirectory, $"native{folder}.so");
        string[] sources = [.. Directory.GetFiles(Path.Combine(Paths.Native, folder), "*.c")];
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
