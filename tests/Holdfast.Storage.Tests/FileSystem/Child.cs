using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Holdfast.Storage.Tests.FileSystem;

/// <summary>
/// Runs a scenario in a process of its own: the test program itself, told by the environment what to do instead of testing.
/// Scenarios are the static methods of <see cref="ChildScenarios"/>.
/// </summary>
internal static partial class Child
{
    private const string Variable = "HOLDFAST_TEST_CHILD";
    private const char Separator = '\u001f';

    private static readonly int Parent = GetParent();

#pragma warning disable CA2255 // the only way to be a child without a Main of our own
    [ModuleInitializer]
    internal static void RunAsChild()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not string task)
            return;
        Environment.SetEnvironmentVariable(Variable, null);
        EndIfOrphaned();
        string[] words = task.Split(Separator);
        MethodInfo? scenario = typeof(ChildScenarios).GetMethod(words[0], BindingFlags.Static | BindingFlags.Public);
        try
        {
            scenario!.Invoke(null, [words[1..]]);
            Environment.Exit(0);
        }
        catch (TargetInvocationException exception)
        {
            Console.Error.WriteLine(exception.InnerException);
            Environment.Exit(99);
        }
    }
#pragma warning restore CA2255

    /// <summary>Starts a scenario.</summary>
    public static Process Start(string scenario, params string[] arguments) => Start(null, scenario, arguments);

    /// <summary>Starts a scenario, handing it one descriptor as its standard input.</summary>
    public static Process Start(string? shellPrefix, string scenario, string[] arguments, params (string Name, string Value)[] environment)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "Holdfast.Storage.Tests");
        ProcessStartInfo start = new(program) { RedirectStandardOutput = true, RedirectStandardInput = shellPrefix is null, RedirectStandardError = true };
        if (shellPrefix is not null)
        {
            start.FileName = "/bin/sh";
            start.ArgumentList.Add("-c");
            start.ArgumentList.Add($"exec {shellPrefix} '{program}'");
        }

        start.Environment[Variable] = string.Join(Separator, [scenario, .. arguments]);
        start.Environment["DOTNET_TieredCompilation"] = "1";
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    /// <summary>Runs a scenario to its end and returns its exit code (128 + signal) and what it printed.</summary>
    public static (int Exit, string Output) Run(string scenario, params string[] arguments) => Finish(Start(scenario, arguments));

    public static (int Exit, string Output) Finish(Process process)
    {
        using (process)
        {
            if (process.StartInfo.RedirectStandardInput)
                process.StandardInput.Close();
            Task<string> error = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            if (!process.WaitForExit(60_000))
            {
                process.Kill();
                Assert.Fail("the child process hangs");
            }

            string trouble = error.Result;
            Assert.True(process.ExitCode != 99, trouble);
            return (process.ExitCode, output.Trim());
        }
    }

    /// <summary>Ends this process as SIGKILL does, because it is.</summary>
    public static void KillSelf()
    {
        _ = Kill(Environment.ProcessId, 9);
        Thread.Sleep(Timeout.Infinite);
    }

    /// <summary>Does nothing more.</summary>
    public static void WaitToBeKilled()
    {
        while (true)
        {
            EndIfOrphaned();
            Thread.Sleep(20);
        }
    }

    /// <summary>Stops a process where it is, or lets it go on.</summary>
    public static void Signal(Process process, bool stops) => _ = Kill(process.Id, stops ? 19 : 18); // SIGSTOP, SIGCONT

    /// <summary>Ends this process if the one that started it is gone: a test run that is killed must leave nobody who works until he is killed.</summary>
    public static void EndIfOrphaned()
    {
        if (GetParent() != Parent)
            KillSelf();
    }

    /// <summary>Becomes another user for good.</summary>
    public static void BecomeUser(string user)
    {
        uint id = uint.Parse(user, CultureInfo.InvariantCulture);
        if (SetGroups(0, 0) != 0 || SetResGid(id, id, id) != 0 || SetResUid(id, id, id) != 0)
            throw new InvalidOperationException("cannot become another user");
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);

    [LibraryImport("libc", EntryPoint = "getppid")]
    [SuppressGCTransition]
    private static partial int GetParent();

    [LibraryImport("libc", EntryPoint = "setgroups")]
    private static partial int SetGroups(nint count, nint list);

    [LibraryImport("libc", EntryPoint = "setresuid")]
    private static partial int SetResUid(uint real, uint effective, uint saved);

    [LibraryImport("libc", EntryPoint = "setresgid")]
    private static partial int SetResGid(uint real, uint effective, uint saved);
}
