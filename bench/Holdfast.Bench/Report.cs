using System.Globalization;
using System.Runtime.InteropServices;

namespace Holdfast.Bench;

/// <summary>Prints lines of figures and counts the targets that they miss.</summary>
internal sealed class Report(bool quick)
{
    /// <summary>Whether to be done within a minute.</summary>
    public bool Quick { get; } = quick;

    /// <summary>Targets missed so far.</summary>
    public int Misses { get; private set; }

    /// <summary>Batches that a median is taken of.</summary>
    public int Batches => Quick ? 25 : 101;

    /// <summary>Says what the figures were measured on.</summary>
    public void Machine()
    {
        string model = File.Exists("/proc/cpuinfo")
            ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? "?"
            : "?";
        Console.WriteLine($"{model}, {Environment.ProcessorCount} CPUs, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}");
        Console.WriteLine($"medians of {Batches} batches{(Quick ? " (--quick)" : "")}");
    }

    /// <summary>Starts a group.</summary>
    public static void Title(string text) => Console.WriteLine($"\n{text}");

    /// <summary>Prints a figure without a target.</summary>
    public static void Line(string what, string figures) => Console.WriteLine($"  {what,-44} {figures}");

    /// <summary>Prints a figure and whether it meets its target.</summary>
    /// <param name="what">What was measured.</param>
    /// <param name="figures">Text of the figures.</param>
    /// <param name="value">The one that counts.</param>
    /// <param name="target">The most that it may be.</param>
    /// <param name="unit">Its unit.</param>
    public void Line(string what, string figures, double value, double target, string unit)
    {
        bool met = value <= target;
        Misses += met ? 0 : 1;
        Line(what, $"{figures}  [target {target.ToString(CultureInfo.InvariantCulture)}{unit}: {(met ? "met" : "MISSED")}]");
    }

    /// <summary>Says why something could not be measured.</summary>
    public static void Skip(string what, string reason) => Line(what, $"skipped: {reason}");
}
