using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Holdfast.Isa.Abi;
using Holdfast.Storage;
using Holdfast.Storage.FileSystem;
using Holdfast.Userspace.Maps;
using Holdfast.Userspace.Objects;
using Holdfast.Verifier;

namespace Holdfast.Userspace.Programs;

/// <summary>The programs of this process: loaded here, or opened and verified here at first use.</summary>
internal sealed class ProgramDirectory(EngineState engine)
{
    private readonly ObjectRegistry<ProgramInstance> _programs = new();

    /// <summary>Enters a program that was just verified and stored.</summary>
    /// <returns>Its descriptor, or the negated error.</returns>
    public int Enter(ObjectFile file, VerifiedProgram verified, ImmutableArray<MapInstance> maps)
    {
        Errno failure = file.TryReopen(writable: false, out int second);
        if (failure != Errno.None || !ObjectFile.TryAdopt(second, engine.Store, out ObjectFile? own, out StorageError? error))
        {
            foreach (MapInstance map in maps)
                map.RemoveUser();
            file.Dispose();
            return Failures.Of(failure == Errno.None ? Errno.EINVAL : failure, $"program {file.Key.Id} can't be opened again");
        }

        ProgramInstance program = new(own, verified, maps, engine.Linker);
        _ = _programs.TryShare(
            file.Key.Id,
            static _ => false,
            (out ProgramInstance? opened, out StorageError? none) =>
            {
                opened = program;
                none = null;
                return true;
            },
            out _,
            out _);
        return engine.Descriptors.Add(file, program);
    }

    /// <summary>Takes a share of the program behind a descriptor; it is verified if this process hasn't yet.</summary>
    public bool TryShare(int descriptor, [NotNullWhen(true)] out ProgramInstance? program, [NotNullWhen(false)] out StorageError? error)
    {
        program = null;
        if (!engine.Descriptors.TryGet(descriptor, out DescriptorEntry? entry, out error))
            return false;
        if (entry.File.Key.Kind != ObjectKind.Program)
        {
            error = new StorageError(Errno.EINVAL, $"descriptor {descriptor} is a {entry.File.Key.Kind}, not a program");
            return false;
        }

        if (!TryShare(entry.File, out program, out error))
            return false;
        KeepWith(entry, program);
        return true;
    }

    /// <summary>Takes a share of a program by id, e.g. one that another process put into a prog array.</summary>
    public bool TryShareById(uint id, [NotNullWhen(true)] out ProgramInstance? program, [NotNullWhen(false)] out StorageError? error) =>
        _programs.TryShare(
            id,
            shared => shared.File.IsOf(engine.Store),
            (out ProgramInstance? opened, out StorageError? failure) =>
            {
                opened = null;
                return engine.Store.TryOpenById(new ObjectKey(ObjectKind.Program, id), ObjectAccess.ReadOnly, out ObjectFile? file, out failure)
                    && TryVerify(file, out opened, out failure);
            },
            out program,
            out error);

    private bool TryShare(ObjectFile source, [NotNullWhen(true)] out ProgramInstance? program, [NotNullWhen(false)] out StorageError? error) =>
        _programs.TryShare(
            source.Key.Id,
            shared => shared.File.Header.StoreId == source.Header.StoreId,
            (out ProgramInstance? opened, out StorageError? failure) =>
            {
                opened = null;
                Errno errno = source.TryReopen(writable: false, out int descriptor);
                if (errno != Errno.None)
                {
                    failure = new StorageError(errno, $"program {source.Key.Id} can't be opened again");
                    return false;
                }

                return ObjectFile.TryAdopt(descriptor, engine.Store, out ObjectFile? file, out failure) && TryVerify(file, out opened, out failure);
            },
            out program,
            out error);

    /// <summary>The descriptor holds a share as well, so that the next command finds the program ready.</summary>
    private static void KeepWith(DescriptorEntry entry, ProgramInstance program)
    {
        if (!ReferenceEquals(entry.Object, program) && program.TryAddUser())
        {
            entry.Object?.RemoveUser();
            entry.Object = program;
        }
    }

    private bool TryVerify(ObjectFile file, [NotNullWhen(true)] out ProgramInstance? program, [NotNullWhen(false)] out StorageError? error)
    {
        program = null;
        StoredProgram stored = new(engine, file);
        if (stored.TryVerify(out VerifiedProgram? verified, out ImmutableArray<MapInstance> maps, out error))
        {
            program = new ProgramInstance(file, verified, maps, engine.Linker);
            return true;
        }

        file.Dispose();
        return false;
    }
}
