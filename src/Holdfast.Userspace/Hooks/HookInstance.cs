using System.Diagnostics.CodeAnalysis;
using Holdfast.Execution;
using Holdfast.Isa.Abi;
using Holdfast.Storage;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Hooks;
using Holdfast.Userspace.Objects;
using Holdfast.Userspace.Programs;
using Holdfast.Userspace.Programs.Contexts;

namespace Holdfast.Userspace.Hooks;

/// <summary>
/// A hook that this process hosts. A run looks at the list's revision, one load, and makes programs ready only if it has changed. Ten times a
/// second the links' files are looked at, so that a link that was killed or removed by <c>rm</c> leaves the list, and programs that a host
/// which has nothing to run still holds are let go.
/// </summary>
#pragma warning disable CA1001 // what it owns goes in Release
internal sealed class HookInstance : EngineObject
#pragma warning restore CA1001
{
    private const int SweepMilliseconds = 100;
    private const int MostTries = 100;

    private readonly EngineState _engine;
    private readonly HookList _list;
    private readonly HookObjectAttributes _attributes;
    private readonly HookVerdict _rule;
    private readonly Timer _timer;
    private readonly Lock _lock = new();
    private HookPrograms? _current;
    private bool _isReleased;

    private HookInstance(EngineState engine, ObjectFile file, HookList list)
        : base(file)
    {
        _engine = engine;
        _list = list;
        _attributes = file.Header.ReadAttributes<HookObjectAttributes>();
        _rule = HookVerdict.Of(_attributes.ProgramType);
        _timer = new Timer(static hook => ((HookInstance)hook!).Tick(), this, SweepMilliseconds, SweepMilliseconds);
    }

    /// <summary>The type of its programs.</summary>
    public ProgramType ProgramType => _attributes.ProgramType;

    /// <summary>The attach type of its links.</summary>
    public AttachType AttachType => _attributes.AttachType;

    /// <summary>Maps a hook's list; the file is the instance's on success.</summary>
    public static bool TryOpen(EngineState engine, ObjectFile file, [NotNullWhen(true)] out HookInstance? hook, [NotNullWhen(false)] out StorageError? error)
    {
        hook = HookList.TryMap(file, out HookList? list, out error) ? new HookInstance(engine, file, list!) : null;
        return hook is not null;
    }

    /// <summary>Runs the hook's programs on a context.</summary>
    /// <param name="context">The context, of the hook's program type.</param>
    /// <param name="verdict">What they decided together.</param>
    /// <param name="error">Why they could not all be made ready to run; then none ran.</param>
    /// <returns>Whether they ran.</returns>
    public unsafe bool TryRun(HostContext context, out uint verdict, [NotNullWhen(false)] out StorageError? error)
    {
        verdict = 0;
        if (!TryEnter(out HookPrograms? programs, out error))
            return false;
        try
        {
            uint together;
            context.HostFrame = (nint)(&together); // only compared with, while this frame is there
            verdict = together = programs.Run(context, _rule);
            return true;
        }
        finally
        {
            programs.RemoveUser();
        }
    }

    /// <summary>Bytes of context that any of its programs accesses.</summary>
    public bool TryReadReach(out int reach, [NotNullWhen(false)] out StorageError? error)
    {
        reach = 0;
        if (!TryEnter(out HookPrograms? programs, out error))
            return false;
        reach = programs.ContextReach;
        programs.RemoveUser();
        return true;
    }

    /// <inheritdoc/>
    protected override void Release()
    {
        lock (_lock)
        {
            _isReleased = true;
            _timer.Dispose();
            _current?.RemoveUser();
            _current = null;
        }
    }

    /// <summary>A share of the programs of the present list, to be given back.</summary>
    private bool TryEnter([NotNullWhen(true)] out HookPrograms? programs, [NotNullWhen(false)] out StorageError? error)
    {
        error = null;
        programs = Volatile.Read(ref _current);
        return (programs is not null && programs.Revision == _list.Revision && programs.TryAddUser()) || TryRefresh(out programs, out error);
    }

    private bool TryRefresh([NotNullWhen(true)] out HookPrograms? programs, [NotNullWhen(false)] out StorageError? error)
    {
        lock (_lock)
        {
            programs = null;
            error = _isReleased ? new StorageError(Errno.EBADF, $"hook {Key.Id} is closed") : null;
            if (error is not null)
                return false;
            if (_current is null || _current.Revision != _list.Revision)
            {
                if (!TryMakeReady(out HookPrograms? made, out error))
                    return false;
                _current?.RemoveUser();
                Volatile.Write(ref _current, made);
            }

            programs = _current;
            return programs.TryAddUser();
        }
    }

    /// <summary>What a list holds can be gone by the time it is opened: then the list has changed, and is read again.</summary>
    private bool TryMakeReady([NotNullWhen(true)] out HookPrograms? made, [NotNullWhen(false)] out StorageError? error)
    {
        made = null;
        error = new StorageError(Errno.EAGAIN, $"the list of hook {Key.Id} changes all the time");
        HookSlot[] slots = new HookSlot[HookLayout.MostSlots];
        for (int attempt = 0; attempt < MostTries && _list.TryRead(slots, out int count, out ulong revision); attempt++)
        {
            if (TryMakeReady(slots.AsSpan(0, count), revision, out made, out error))
                return true;
            if (_list.Revision == revision)
                return false;
        }

        return false;
    }

    private bool TryMakeReady(ReadOnlySpan<HookSlot> slots, ulong revision, [NotNullWhen(true)] out HookPrograms? made, [NotNullWhen(false)] out StorageError? error)
    {
        made = null;
        error = null;
        List<ProgramInstance> programs = [];
        List<ExecutableProgram> executables = [];
        foreach (HookSlot slot in slots)
        {
            if (!_engine.Programs.TryShareById(slot.Program, out ProgramInstance? program, out error))
                break;
            programs.Add(program);

            // Another process wrote the list: a program of another type would take the context for what it isn't.
            if (!_attributes.Takes(program.File.Header.ReadAttributes<ProgramObjectAttributes>()))
                error = new StorageError(Errno.EINVAL, "it is not of the hook's type");
            else if (program.TryPrepare(out ExecutableProgram? executable, out error))
                executables.Add(executable);
            if (error is not null)
                break;
        }

        if (error is null)
        {
            made = new HookPrograms(revision, [.. programs], [.. executables]);
            return true;
        }

        uint failed = slots[executables.Count].Link;
        error = error with { Message = $"program {slots[executables.Count].Program} of link {failed} can't run in hook {Key.Id}: {error.Message}; detach it (holdfast link detach id:{failed})" };
        programs.ForEach(program => program.RemoveUser());
        return false;
    }

    private void Tick()
    {
        if (!_lock.TryEnter())
            return; // somebody makes programs ready; the next tick comes
        try
        {
            if (_isReleased)
                return;
            _engine.Hooks.WhileOpen(TickLocked);
        }
        finally
        {
            _lock.Exit();
        }
    }

    private void TickLocked()
    {
        HookLinks.Sweep(_engine.Store, File);
        if (_current is null || _current.Revision == _list.Revision || !TryMakeReady(out HookPrograms? made, out _))
            return; // a run that can't go on says why
        _current.RemoveUser();
        Volatile.Write(ref _current, made);
    }
}
