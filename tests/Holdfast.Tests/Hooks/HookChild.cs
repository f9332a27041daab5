using System.Diagnostics;
using Holdfast.Userspace.Programs.Contexts;
using ProgramType = Holdfast.Isa.Abi.ProgramType;

namespace Holdfast.Tests.Hooks;

/// <summary>A process of its own that hosts a hook, or holds a link on one, until it is killed.</summary>
internal static class HookChild
{
    /// <summary>Starts a host of a pinned tc hook, which prints each verdict that differs from the one before.</summary>
    public static Process StartHost(string store, string hook) => TestChild.Start(redirectsError: false, "host", store, hook);

    /// <summary>Starts a process that attaches a pinned program to a hook, prints a line, and holds the link, which has no pin.</summary>
    public static Process StartHolder(string store, string hook, string program) => TestChild.Start(redirectsError: false, "hold", store, hook, program);

    public static void Host(string store, string path)
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

    public static void Hold(string store, string path, string program)
    {
        using Bpf bpf = Bpf.Open(new BpfOptions { Store = store });
        using Hook hook = bpf.OpenPinnedHook(path);
        using BpfProgram pinned = bpf.OpenPinnedProgram(program);
        using BpfLink link = pinned.AttachHook(hook);
        Console.WriteLine("attached");
        Console.In.ReadToEnd();
    }
}
