using Holdfast.Execution;
using Holdfast.Userspace.Objects;
using Holdfast.Userspace.Programs;
using Holdfast.Userspace.Programs.Contexts;

namespace Holdfast.Userspace.Hooks;

/// <summary>A hook's list as this process runs it: programs ready to run, kept until the last run of this list has ended.</summary>
internal sealed class HookPrograms(ulong revision, ProgramInstance[] programs, ExecutableProgram[] executables)
{
    private readonly UserCount _users = new();

    /// <summary>The revision of the list.</summary>
    public ulong Revision { get; } = revision;

    /// <summary>Bytes of context that any of the programs accesses.</summary>
    public int ContextReach { get; } = programs.Length == 0 ? 0 : programs.Max(program => program.Verified.ContextReach);

    /// <summary>Takes a share for a run, unless the last one is gone.</summary>
    public bool TryAddUser() => _users.TryAdd();

    /// <summary>Gives a share back; with the last one the programs go.</summary>
    public void RemoveUser()
    {
        if (!_users.Remove())
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
