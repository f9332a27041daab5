namespace Holdfast;

/// <summary>Names of the kernel's symbols, which <c>/proc/kallsyms</c> tells to everybody, even where it hides addresses.</summary>
internal static class KernelSymbolNames
{
    /// <summary>Whether the kernel has any of some symbols.</summary>
    public static bool Any(IReadOnlyCollection<string> names) =>
        File.Exists("/proc/kallsyms") && File.ReadLines("/proc/kallsyms").Any(line => names.Any(name => line.EndsWith(' ' + name, StringComparison.Ordinal)));
}
