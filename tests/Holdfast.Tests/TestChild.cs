using System.Diagnostics;
using System.Runtime.CompilerServices;
using Holdfast.Tests.Hooks;
using Holdfast.Tests.PerCpu;

namespace Holdfast.Tests;

/// <summary>This test program started once more, as a process of its own. A child has one thread: while a module is initialized others can't enter it.</summary>
internal static class TestChild
{
    private const string Variable = "HOLDFAST_TEST_CHILD";
    private const char Separator = '\u001f';

    /// <summary>Starts a child.</summary>
    /// <param name="redirectsError">Whether the caller reads what it prints as an error.</param>
    /// <param name="words">What it does, and with what.</param>
    public static Process Start(bool redirectsError, params string[] words)
    {
        ProcessStartInfo start = new(Path.Combine(AppContext.BaseDirectory, "Holdfast.Tests"))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = redirectsError,
        };
        start.Environment[Variable] = string.Join(Separator, words);
        return Process.Start(start)!;
    }

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
            Do(words[0], words[1..]);
            Environment.Exit(0);
        }
        catch (BpfException failure)
        {
            Console.Error.WriteLine(failure.Message);
            Environment.Exit(99);
        }
    }
#pragma warning restore CA2255

    private static void Do(string task, string[] words)
    {
        switch (task)
        {
            case "run":
                RunChild.Run(words[0], words[1], words[2], [.. words[3..].Select(int.Parse)]);
                break;
            case "host":
                HookChild.Host(words[0], words[1]);
                break;
            case "hold":
                HookChild.Hold(words[0], words[1], words[2]);
                break;
            default:
                throw new ArgumentException($"no child does {task}", nameof(task));
        }
    }
}
