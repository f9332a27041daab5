using System.Diagnostics;
using System.Runtime.CompilerServices;
using Holdfast.Userspace.Programs.Contexts;
using ProgramType = Holdfast.Isa.Abi.ProgramType;

namespace Holdfast.Tests.Hooks;

/// <summary>This test program started once more, as a process of its own that hosts a hook, or holds a link on one, until it is killed.</summary>
internal static class HookChild
{
    private const string Variable = "HOLDFAST_HOOK_CHILD";
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
            if (words[0] == "host")
                Host(words[1], words[2]);
            else
                Hold(words[1], words[2], words[3]);
            Environment.Exit(0);
        }
        catch (BpfException failure)
        {
            Console.Error.WriteLine(failure.Message);
            Environment.Exit(99);
        }
    }
#pragma warning restore CA2255

    /// <summary>Starts a host of a pinned tc hook, which prints each verdict that differs from the one before.</summary>
    public static Process StartHost(string store, string hook) => Start("host", store, hook);

    /// <summary>Starts a process that attaches a pinned program to a hook, prints a line, and holds the link, which has no pin.</summary>
    public static Process StartHolder(string store, string hook, string program) => Start("hold", store, hook, program);

    private static Process Start(params string[] words)
    {
        ProcessStartInfo start = new(Path.Combine(AppContext.BaseDirectory, "Holdfast.Tests")) { RedirectStandardOutput = true, RedirectStandardInput = true };
        start.Environment[Variable] = string.Join(Separator, words);
        return Process.Start(start)!;
    }

    private static void Host(string store, string path)
    {
        using Bpf bpf = Bpf.Open(new BpfOptions { Store = store });
        using Hook hook = bpf.OpenPinnedHook(path);
        using SkBuffContext context = new(ProgramType.SchedCls);
        context.Load(new byte[64]);
        int? last = null;
        while (true)
        {
            int verdict = (int)hook.Run(context);
            if (verdict != last)
                Console.WriteLine(verdict);
            last = verdict;
            Thread.Sleep(1);
        }
    }

    private static void Hold(string store, string path, string program)
    {
        using Bpf bpf = Bpf.Open(new BpfOptions { Store = store });
        using Hook hook = bpf.OpenPinnedHook(path);
        using BpfProgram pinned = bpf.OpenPinnedProgram(program);
        using BpfLink link = pinned.AttachHook(hook);
        Console.WriteLine("attached");
        Console.In.ReadToEnd();
    }
}
