using Holdfast.Execution;
using Holdfast.Userspace.Programs;
using Holdfast.Userspace.Programs.Contexts;

namespace Holdfast.Userspace.Hooks;

/// <summary>A hook's list as this process runs it: programs ready to run, kept until the last run of this list has ended.</summary>
internal sealed class HookPrograms(ulong revision, ProgramInstance[] programs, ExecutableProgram[] executables)
{
    private int _users = 1;

    /// <summary>The revision of the list.</summary>
    public ulong Revision { get; } = revision;

    /// <summary>Bytes of context that any of the programs accesses.</summary>
    public int ContextReach { get; } = programs.Length == 0 ? 0 : programs.Max(program => program.Verified.ContextReach);

    /// <summary>Takes a share for a run, unless the last one is gone.</summary>
    public bool TryAddUser()
    {
        int users = Volatile.Read(ref _users);
        while (users > 0)
        {
            int seen = Interlocked.CompareExchange(ref _users, users + 1, users);
            if (seen == users)
                return true;
            users = seen;
        }

        return false;
    }

    /// <summary>Gives a share back; with the last one the programs go.</summary>
    public void RemoveUser()
    {
        if (Interlocked.Decrement(ref _users) != 0)
            return;
        foreach (ProgramInstance program in programs)
            program.RemoveUser();
    }

    /// <summary>Runs the programs in order.</summary>
    public uint Run(HostContext context, HookVerdict rule)
    {
        uint verdict = rule.Start;
        foreach (ExecutableProgram program in executables)
        {
            if (!rule.Add(ref verdict, context.RunOnce(program)))
                break;
        }

        return verdict;
    }
}
