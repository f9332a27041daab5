using System.Diagnostics.CodeAnalysis;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Backup;
using Holdfast.Storage.Memory;
using static Tmds.Linux.LibC;

namespace Holdfast.Storage.FileSystem;

/// <summary>Finds or makes a store, and decides what this process may do with it.</summary>
internal ref struct StoreOpener
{
    private readonly StoreOptions _options;
    private readonly bool _isDefault;
    private readonly string _path;
    private int _root;
    private FileStatus _status;
    private FileSystemTraits? _traits;

    internal StoreOpener(string? path, StoreOptions options)
    {
        _options = options;
        _isDefault = string.IsNullOrEmpty(path);
        _path = _isDefault ? StoreLocation.Default() : Path.GetFullPath(path!);
        _root = -1;
    }

    internal bool TryOpen([NotNullWhen(true)] out Store? store, [NotNullWhen(false)] out StorageError? error)
    {
        store = null;
        error = OpenRoot() ?? CheckDirectory() ?? ReadIdentity(out StoreIdentity? identity, out error) ?? Assemble(identity!, out store);
        if (error is not null && _root >= 0)
            _ = Posix.Close(_root);
        return error is null;
    }

    private StorageError? OpenRoot()
    {
        if (_path.Length >= PathText.Maximum || _path.Contains('\0', StringComparison.Ordinal))
            return StorageErrors.Of(Errno.ENAMETOOLONG, "the store's path is too long, or holds a zero byte");
        if (_options.Create && MakeDirectory() is int made and < 0 && (Errno)(-made) is not (Errno.EEXIST or Errno.EROFS or Errno.EACCES))
            return Failed(made, "make");

        // Our default places are other people's to write as well (/dev/shm): no symbolic link there.
        _root = _isDefault
            ? Posix.OpenAt(AT_FDCWD, PathText.Terminate(PathText.Bytes(_path), stackalloc byte[512]), O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
            : TrustedPath.Open(_path, O_RDONLY);
        return _root < 0 ? Failed(_root, "open") : null;
    }

    private readonly int MakeDirectory()
    {
        _ = PathText.Split(PathText.Bytes(_path), out ReadOnlySpan<byte> parent, out ReadOnlySpan<byte> name);
        int directory = TrustedPath.Open(System.Text.Encoding.UTF8.GetString(parent), O_PATH);
        if (directory < 0)
            return directory;
        int result = name.IsEmpty ? -EEXIST : Posix.MakeDirectory(directory, PathText.Terminate(name, stackalloc byte[256]), 0x1C0);
        _ = Posix.Close(directory);
        return result;
    }

    private readonly StorageError Failed(int result, string what) => result == -EPERM
        ? StorageErrors.Of(Errno.EPERM, $"a symbolic link on the way to {_path} is neither root's nor yours; name the directory itself with --store")
        : StorageErrors.Call(result, $"{what} the store {_path}");

    private StorageError? CheckDirectory()
    {
        int result = Posix.Stat(_root, out _status);
        FileSystemStatus statistics = default;
        if (result == 0)
            result = Posix.StatFileSystem(_root, out statistics);
        if (result < 0)
            return StorageErrors.Call(result, $"look at the store {_path}");
        _traits = SupportedFileSystems.Describe(statistics.Type);
        if (_traits.Refusal is not null)
        {
            return StorageErrors.Of(
                Errno.EOPNOTSUPP,
                $"{_path} is on {_traits.Name}, which can't hold a store ({_traits.Refusal}); choose a directory on tmpfs, ext4, xfs or btrfs with --store");
        }

        if (!_options.AllowUnfinishedBackup && Posix.StatAt(_root, BackupTarget.Unfinished, follow: false, out _) == 0)
            return StorageErrors.Of(Errno.EINVAL, $"{_path} is a backup that is being made, or was interrupted: wait for it, or remove it and make another");
        if (_isDefault && _status.User != Posix.EffectiveUser())
            return StorageErrors.Of(Errno.EPERM, $"{_path} belongs to user {_status.User}, not to you; remove it, or choose a store with --store");
        if ((_status.Mode & 0x12) != 0 && !_options.AllowWritableByOthers)
            return StorageErrors.Of(Errno.EPERM, $"others may write the store {_path} (mode {Convert.ToString(_status.Mode & 0xFFF, 8)}); chmod go-w it");
        return null;
    }

    private readonly bool IsOwner => _status.User == Posix.EffectiveUser();

    private StorageError? ReadIdentity(out StoreIdentity? identity, out StorageError? error)
    {
        identity = null;
        error = null;
        int result = ReadFile(out StorageError? damaged, ref identity);
        if (damaged is not null)
            return damaged;
        if (result == -ENOENT && _options.Create && IsOwner)
        {
            error = new StoreBuilder(_root, _path, _options).Build();
            if (error is not null)
                return error;
            result = ReadFile(out damaged, ref identity);
        }

        if (damaged is not null)
            return damaged;
        if (result == -ENOENT)
            return StorageErrors.Of(Errno.ENOENT, $"{_path} is not a store; its owner makes one by creating something in it");
        return result < 0 ? StorageErrors.Call(result, $"read the store {_path}") : null;
    }

    private readonly int ReadFile(out StorageError? damaged, ref StoreIdentity? identity)
    {
        damaged = null;
        int descriptor = Posix.OpenAt(_root, "store\0"u8, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
        if (descriptor < 0)
            return descriptor;
        Span<byte> bytes = stackalloc byte[StoreIdentity.Length];
        int count = Posix.Read(descriptor, bytes, 0);
        _ = Posix.Close(descriptor);
        if (count < 0)
            return count;
        identity = StoreIdentity.TryParse(bytes[..count]);
        if (identity is null)
            damaged = StorageErrors.Of(Errno.EINVAL, $"{_path}/store is damaged; restore it from a backup, or remove the store");
        else if (identity.IsNewer)
            damaged = StorageErrors.Of(Errno.EOPNOTSUPP, $"{_path} was made by a newer version of Holdfast; open it with that version");
        return 0;
    }

    private StorageError? Assemble(StoreIdentity identity, out Store? store)
    {
        store = null;
        Errno errno = StoreDirectories.TryOpen(_root, out StoreDirectories? directories);
        _root = -1;
        if (errno != Errno.None)
            return StorageErrors.Call(-(int)errno, $"open the directories of the store {_path}");
        StorageError? whyReadOnly = WhyReadOnly(identity);
        StoreState? state = null;
        ReferenceLock? references = null;
        if (whyReadOnly is null)
        {
            errno = StoreState.TryOpen(directories!.Root, out state);
            if (errno == Errno.None)
                errno = ReferenceLock.TryOpen(directories.Root, create: true, out references);
            if (errno == Errno.None)
                errno = (Errno)(-Math.Min(directories.MakeHooks(), 0));
            if (errno == Errno.EROFS)
                whyReadOnly = StorageErrors.Of(Errno.EROFS, "the file system is mounted read-only");
            else if (errno != Errno.None)
                return Fail(directories, state, StorageErrors.Call(-(int)errno, $"open the state of the store {_path}"));
        }

        else if (!IsOwner && Posix.EffectiveUser() == 0)
        {
            // Root may free in anybody's store; without the lock file there is nothing yet to free.
            _ = ReferenceLock.TryOpen(directories!.Root, create: false, out references);
        }

        store = new Store(_path, identity, _traits!, _status.User, directories!, state, references, whyReadOnly, _options);
        return null;
    }

    private readonly StorageError? WhyReadOnly(StoreIdentity identity)
    {
        if (!IsOwner)
            return StorageErrors.Of(Errno.EPERM, $"it belongs to user {_status.User}; only its owner creates and frees objects");
        return identity.Features.HasUnknownReadOnlyCompat
            ? StorageErrors.Of(Errno.EROFS, "a newer version of Holdfast made it, and this one may only read it")
            : null;
    }

    private static StorageError Fail(StoreDirectories directories, StoreState? state, StorageError error)
    {
        directories.Dispose();
        state?.Dispose();
        return error;
    }
}
