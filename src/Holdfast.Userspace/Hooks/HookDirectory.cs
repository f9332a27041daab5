using System.Diagnostics.CodeAnalysis;
using Holdfast.Isa.Abi;
using Holdfast.Storage;
using Holdfast.Storage.FileSystem;
using Holdfast.Userspace.Objects;

namespace Holdfast.Userspace.Hooks;

/// <summary>The hooks that this process hosts.</summary>
internal sealed class HookDirectory(EngineState engine)
{
    private readonly ObjectRegistry<HookInstance> _hooks = new();
    private readonly Lock _closing = new();
    private bool _isClosed;

    /// <summary>Does something of its own time, unless the engine is closed; it isn't meanwhile.</summary>
    public void WhileOpen(Action action)
    {
        lock (_closing)
        {
            if (!_isClosed)
                action();
        }
    }

    /// <summary>The engine is about to be closed.</summary>
    public void Close()
    {
        lock (_closing)
            _isClosed = true;
    }

    /// <summary>The hook behind a descriptor.</summary>
    public bool TryGet(int descriptor, [NotNullWhen(true)] out DescriptorEntry? entry, [NotNullWhen(false)] out StorageError? error)
    {
        if (!engine.Descriptors.TryGet(descriptor, out entry, out error))
            return false;
        if (entry.File.Key.Kind == ObjectKind.Hook)
            return true;
        error = new StorageError(Errno.EINVAL, $"descriptor {descriptor} is a {entry.File.Key.Kind}, not a hook");
        return false;
    }

    /// <summary>Takes a share of the hook behind a descriptor, to run its programs.</summary>
    public bool TryShare(int descriptor, [NotNullWhen(true)] out HookInstance? hook, [NotNullWhen(false)] out StorageError? error)
    {
        hook = null;
        if (!TryGet(descriptor, out DescriptorEntry? entry, out error))
            return false;
        ObjectFile source = entry.File;
        if (!source.IsOf(engine.Store))
        {
            error = new StorageError(Errno.EXDEV, $"hook {source.Key.Id} belongs to another store than {engine.Store.Path}, where its programs are not; open that store with --store");
            return false;
        }

        if (!_hooks.TryShare(
            source.Key.Id,
            static _ => true,
            (out HookInstance? opened, out StorageError? failure) => TryOpen(source, out opened, out failure),
            out hook,
            out error))
        {
            return false;
        }

        // The descriptor holds a share as well, so that the next command finds the hook open.
        if (!ReferenceEquals(entry.Object, hook) && hook.TryAddUser())
        {
            entry.Object?.RemoveUser();
            entry.Object = hook;
        }

        return true;
    }

    private bool TryOpen(ObjectFile source, out HookInstance? opened, out StorageError? failure)
    {
        opened = null;
        Errno errno = source.TryReopen(writable: false, out int descriptor);
        if (errno != Errno.None)
        {
            failure = new StorageError(errno, $"hook {source.Key.Id} can't be opened again");
            return false;
        }

        if (!ObjectFile.TryAdopt(descriptor, engine.Store, out ObjectFile? file, out failure))
            return false;
        if (HookInstance.TryOpen(engine, file, out opened, out failure))
            return true;
        file.Dispose();
        return false;
    }
}
