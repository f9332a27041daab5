using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Holdfast.Tests.PerCpu;

/// <summary>This test program started once more, as a process of its own that runs a pinned program until it has done enough or is killed. It has one thread: while a module is initialized others can't enter it.</summary>
internal static class RunChild
{
    private const string Variable = "HOLDFAST_RUN_CHILD";
    private const char Separator = '\u001f';

#pragma warning disable CA2255 // the only way to be a child without a Main of our own
    [ModuleInitializer]
    internal static void RunAsChild()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { } task)
            return;
        Environment.SetEnvironmentVariable(Variable, null);
        string[] words = task.Split(Separator);
        try
        {
            Run(words[0], words[1], words[2], [.. words[3..].Select(int.Parse)]);
            Environment.Exit(0);
        }
        catch (BpfException failure)
        {
            Console.Error.WriteLine(failure.Message);
            Environment.Exit(99);
        }
    }
#pragma warning restore CA2255

    /// <summary>Starts a child, which prints a line once it runs.</summary>
    public static Process Start(string store, string program, string ledger, int lines, int line, int runs, int repeat, bool interpreted)
    {
        ProcessStartInfo start = new(Path.Combine(AppContext.BaseDirectory, "Holdfast.Tests"))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment[Variable] = string.Join(Separator, store, program, ledger, lines, line, runs, repeat, interpreted ? 1 : 0);
        return Process.Start(start)!;
    }

    private static void Run(string store, string path, string ledgerPath, int[] numbers)
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
