using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Holdfast.Execution;
using Holdfast.Isa.Abi;
using Holdfast.Storage;
using Holdfast.Storage.FileSystem;
using Holdfast.Userspace.Maps;
using Holdfast.Userspace.Objects;
using Holdfast.Verifier;

namespace Holdfast.Userspace.Programs;

/// <summary>A program that this process runs, or has just loaded: verified here, compiled at first run.</summary>
internal sealed class ProgramInstance(ObjectFile file, VerifiedProgram verified, ImmutableArray<MapInstance> maps, ProgramLinker linker)
    : EngineObject(file)
{
    private readonly Lock _lock = new();
    private ExecutableProgram? _executable;
    private StorageError? _failure;

    /// <summary>What the verifier made of it in this process.</summary>
    public VerifiedProgram Verified { get; } = verified;

    /// <summary>Runs of this process, if they are counted.</summary>
    public RunStatistics Statistics { get; } = new();

    /// <summary>Gets the program ready to run, once.</summary>
    public bool TryPrepare([NotNullWhen(true)] out ExecutableProgram? executable, [NotNullWhen(false)] out StorageError? error)
    {
        executable = Volatile.Read(ref _executable);
        error = null;
        if (executable is not null)
            return true;
        lock (_lock)
        {
            if (_executable is null && _failure is null && linker.TryLink(Verified, maps, out ExecutableProgram? linked, out _failure))
                Volatile.Write(ref _executable, linked);
            executable = _executable;
            error = _failure;
            return executable is not null;
        }
    }

    /// <inheritdoc/>
    protected override void Release()
    {
        (_executable?.Program.Slots as RunSlots)?.Release();
        foreach (MapInstance map in maps)
            map.RemoveUser();
    }
}
