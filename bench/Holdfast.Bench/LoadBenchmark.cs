using System.Diagnostics;
using System.Globalization;

namespace Holdfast.Bench;

/// <summary>
/// Loading <c>flow_stats</c> (reading the object, making its maps, verifying, storing) and its first compilation, in processes of their own
/// that are set up as the command <c>holdfast</c> is: without <c>TieredPGO</c>.
/// </summary>
internal static class LoadBenchmark
{
    public static void Run(Report report)
    {
        Report.Title("samples/flow_stats.bpf.o: load (read, maps, verify, store) and first run");
        string file = Path.Combine(Paths.Root, "samples/flow_stats.bpf.o");
        int loads = report.Quick ? 40 : 110;
        if (!TryStart(LoadChild.Warm, file, loads, out double[] warm, out string reason))
        {
            Report.Skip("load", reason);
            return;
        }

        report.Line("load, warm", $"{warm[0]:f1} ms", warm[0], 20, " ms");
        Report.Line("load, warm, processor time", $"{warm[1]:f1} ms");
        double[][] first = [.. Enumerable.Range(0, report.Quick ? 5 : 15).Select(i => FirstIn(file))];
        double Median(Func<double[], double> figure) => Clock.Median([.. first.Select(figure)]);
        double compile = Median(times => times[2] - times[4]);
        Report.Line("load, first in a process", $"{Median(times => times[0]):f0} ms");
        Report.Line("load, first in a process, processor time", $"{Median(times => times[1]):f0} ms");
        report.Line("first JIT: first run less second", $"{compile:f1} ms", compile, 20, " ms");
        Report.Line("first JIT, processor time", $"{Median(times => times[3] - times[5]):f1} ms");
    }

    private static double[] FirstIn(string file) => TryStart(LoadChild.First, file, 1, out double[] times, out string reason)
        ? times
        : throw new InvalidOperationException(reason);

    private static bool TryStart(string what, string file, int loads, out double[] times, out string reason)
    {
        ProcessStartInfo start = new(Environment.ProcessPath!, [what, file, $"{loads}"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DOTNET_TieredPGO"] = "0";
        using Process child = Process.Start(start)!;
        Task<string> errors = child.StandardError.ReadToEndAsync();
        string output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        reason = errors.Result.Trim();
        times = child.ExitCode == 0
            ? [.. output.Split(' ', StringSplitOptions.TrimEntries).Select(text => double.Parse(text, CultureInfo.InvariantCulture))]
            : [];
        return child.ExitCode == 0;
    }
}
