using System.Diagnostics;

namespace Holdfast.Tests.PerCpu;

/// <summary>A process of its own that runs a pinned program until it has done enough or is killed.</summary>
internal static class RunChild
{
    /// <summary>Starts a child, which prints a line once it runs.</summary>
    public static Process Start(string store, string program, string ledger, int lines, int line, int runs, int repeat, bool interpreted) =>
        TestChild.Start(redirectsError: true, ["run", store, program, ledger, .. new[] { lines, line, runs, repeat, interpreted ? 1 : 0 }.Select(number => $"{number}")]);

    public static void Run(string store, string path, string ledgerPath, int[] numbers)
    {
        (int lines, int line, int runs, int repeat) = (numbers[0], numbers[1], numbers[2], numbers[3]);
        using Bpf bpf = Bpf.Open(new BpfOptions { Store = store, UseInterpreter = numbers[4] == 1 });
        using BpfProgram program = bpf.OpenPinnedProgram(path);
        using RunLedger ledger = new(ledgerPath, lines);
        TestRunOptions options = new() { Data = new byte[64], Repeat = (uint)repeat };
        program.TestRun(options);
        ledger.Add(line, repeat);
        Console.WriteLine("ready");
        for (int run = 1; run < runs; run++)
        {
            program.TestRun(options);
            ledger.Add(line, repeat);
        }
    }
}
