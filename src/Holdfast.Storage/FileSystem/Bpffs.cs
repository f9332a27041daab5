using System.Diagnostics.CodeAnalysis;
using System.Text;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;
using static Tmds.Linux.LibC;

namespace Holdfast.Storage.FileSystem;

/// <summary>
/// The file system of pins: a pin is a hard link of an object's file below a directory that is marked as a bpffs.
/// Everything that stock tools do there works, and means what it says.
/// </summary>
public sealed class Bpffs : IDisposable
{
    /// <summary>The magic number that bpffs reports (<c>BPF_FS_MAGIC</c>).</summary>
    public const uint Magic = 0xCAFE4A11;

    /// <summary>Paths relative to the working directory (<c>AT_FDCWD</c>).</summary>
    public const int WorkingDirectory = -100;

    private readonly Store _store;
    private readonly PinResolver _resolver;

    internal Bpffs(Store store)
    {
        _store = store;
        _resolver = new PinResolver(store);
    }

    /// <summary>Path of the default bpffs.</summary>
    public string DefaultPath => _store.Path + "/fs";

    /// <summary>All bpffs directories of the store.</summary>
    public IReadOnlyList<MountInfo> Mounts => MountRegistry.List(_store);

    /// <summary>Gives an object a name (BPF_OBJ_PIN).</summary>
    /// <param name="file">The object.</param>
    /// <param name="path">The name, raw bytes without terminator.</param>
    /// <param name="directory">What relative paths start from: a directory's descriptor or <see cref="WorkingDirectory"/>.</param>
    /// <returns>
    /// Null, or why not, as bpffs: <c>EPERM</c> outside a bpffs and for names with a dot, <c>EEXIST</c>, <c>ENOENT</c>, <c>ENOTDIR</c>,
    /// <c>ENAMETOOLONG</c>, <c>EACCES</c>; and what links add: <c>EXDEV</c>, <c>EMLINK</c>. Then nothing was made.
    /// </returns>
    public StorageError? Pin(ObjectFile file, ReadOnlySpan<byte> path, int directory = WorkingDirectory) => Pin(file, path, directory, replace: false);

    /// <summary>Gives an object a name in place of the object that has it now, in one step: whoever opens the name gets the one or the other.</summary>
    /// <param name="file">The object.</param>
    /// <param name="path">The name, raw bytes without terminator; it need not exist.</param>
    /// <returns>Null, or why not: as for <see cref="Pin(ObjectFile, ReadOnlySpan{byte}, int)"/>; <c>EISDIR</c>; <c>EACCES</c> for what is no pin. Then nothing has changed.</returns>
    public StorageError? Replace(ObjectFile file, ReadOnlySpan<byte> path) => Pin(file, path, WorkingDirectory, replace: true);

    /// <inheritdoc cref="Replace(ObjectFile, ReadOnlySpan{byte})"/>
    public StorageError? Replace(ObjectFile file, string path) => Replace(file, PathText.Bytes(path));

    /// <summary>Exchanges what two names stand for, in one step (RENAME_EXCHANGE): two directories of pins, say.</summary>
    /// <param name="path">One name.</param>
    /// <param name="other">The other.</param>
    /// <returns>Null, or why not: <c>ENOENT</c> if one of them isn't there, as renameat2(2).</returns>
    public static StorageError? Exchange(string path, string other)
    {
        byte[] from = PathText.Bytes(path), to = PathText.Bytes(other);
        if ((CheckPath(from) ?? CheckPath(to)) is { } bad)
            return bad;
        int result = Posix.Rename(
            AT_FDCWD, PathText.Terminate(from, stackalloc byte[512]), AT_FDCWD, PathText.Terminate(to, stackalloc byte[512]), Posix.RenameExchange);
        return result < 0 ? StorageErrors.Call(result, $"exchange {path} and {other}") : null;
    }

    private StorageError? Pin(ObjectFile file, ReadOnlySpan<byte> path, int directory, bool replace)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (file.Key.Kind is ObjectKind.Btf)
            return StorageErrors.Of(Errno.EINVAL, "type information (BTF) can't be pinned; pin a map or a program that uses it");
        if (CheckPath(path) is StorageError bad)
            return bad;
        bool slash = PathText.Split(path, out ReadOnlySpan<byte> parent, out ReadOnlySpan<byte> name);
        int result = _resolver.Resolve(directory, PathText.Terminate(parent, stackalloc byte[512]), out int outside, out PinDirectory? found);
        if (found is null)
            return PinOutside(result, outside, path, name, slash, replace);
        try
        {
            result = CheckName(found.Descriptor, name, slash && !replace);
            if (result == 0)
                result = CheckRules(found, name, replace);
            if (result == 0 && replace)
            {
                result = PinReplacer.Replace(_store, file, found.Descriptor, PathText.Terminate(name, stackalloc byte[288]));
            }
            else if (result == 0)
            {
                KindMark.Set(file);
                result = Posix.LinkDescriptor(file.Descriptor, found.Descriptor, PathText.Terminate(name, stackalloc byte[288]));
            }

            return result < 0 ? PinError(result, file, path, name, found.Mount) : null;
        }
        finally
        {
            found.Release();
        }
    }

    /// <inheritdoc cref="Pin(ObjectFile, ReadOnlySpan{byte}, int)"/>
    public StorageError? Pin(ObjectFile file, string path) => Pin(file, PathText.Bytes(path));

    /// <summary>Opens a pinned object (BPF_OBJ_GET): a new descriptor on the same object.</summary>
    /// <param name="path">The pin, raw bytes without terminator.</param>
    /// <param name="access">What for.</param>
    /// <param name="file">The object.</param>
    /// <param name="error">
    /// <c>ENOENT</c>, <c>EACCES</c> for missing permission and for what is no pin, <c>EPERM</c> for names with a dot,
    /// <c>EINVAL</c> for a damaged object, <c>EOPNOTSUPP</c> for one of a newer version.
    /// </param>
    /// <param name="directory">What relative paths start from.</param>
    /// <returns>Whether it succeeded.</returns>
    public bool TryOpenPinned(
        ReadOnlySpan<byte> path,
        ObjectAccess access,
        [NotNullWhen(true)] out ObjectFile? file,
        [NotNullWhen(false)] out StorageError? error,
        int directory = WorkingDirectory)
    {
        file = null;
        error = CheckPath(path) ?? CheckDottedGet(path, directory);
        if (error is not null)
            return false;
        if (_resolver.TrySplit(directory, path, out PinDirectory? found, out ReadOnlySpan<byte> rest))
        {
            _ = ObjectOpener.TryOpen(_store, found!.Descriptor, PathText.Terminate(rest, stackalloc byte[256]), access, 0, Errno.EACCES, out file, out _);
            found.Release();
        }

        // Whatever goes wrong is told of the whole path.
        if (file is null && !ObjectOpener.TryOpen(_store, directory, PathText.Terminate(path, stackalloc byte[512]), access, 0, Errno.EACCES, out file, out error))
            return false;
        file.IsKindMarked = true;
        return true;
    }

    /// <inheritdoc cref="TryOpenPinned(ReadOnlySpan{byte}, ObjectAccess, out ObjectFile?, out StorageError?, int)"/>
    public bool TryOpenPinned(string path, ObjectAccess access, [NotNullWhen(true)] out ObjectFile? file, [NotNullWhen(false)] out StorageError? error) =>
        TryOpenPinned(PathText.Bytes(path), access, out file, out error);

    /// <summary>Removes a pin, and frees the object if that was its last reference. A plain <c>rm</c> does the same, but leaves the freeing to others.</summary>
    /// <param name="path">The pin, raw bytes without terminator.</param>
    /// <param name="directory">What relative paths start from.</param>
    /// <returns>Null, or why not: as unlink(2), and <c>EPERM</c> outside a bpffs.</returns>
    public StorageError? Unpin(ReadOnlySpan<byte> path, int directory = WorkingDirectory)
    {
        if (CheckPath(path) is StorageError bad)
            return bad;
        bool slash = PathText.Split(path, out ReadOnlySpan<byte> parent, out ReadOnlySpan<byte> name);
        int result = _resolver.Resolve(directory, PathText.Terminate(parent, stackalloc byte[512]), out int outside, out PinDirectory? found);
        if (found is null)
        {
            if (outside >= 0)
                _ = Posix.Close(outside);
            return result == -EPERM
                ? StorageErrors.Of(Errno.EPERM, $"{PathText.Show(path)} is not below a bpffs; remove it with rm if you mean it")
                : StorageErrors.Call(result, $"unpin {PathText.Show(path)}");
        }

        try
        {
            result = found.Mount.Options.ReadOnly == true && !name.IsEmpty && !IsDots(name) ? -EROFS : UnpinBelow(found.Descriptor, name, slash);
            return result == -EISDIR ? StorageErrors.Of(Errno.EISDIR, $"cannot unpin {PathText.Show(path)}: it is a directory; remove it with rmdir when its pins are gone")
                : result < 0 ? StorageErrors.Call(result, $"unpin {PathText.Show(path)}") : null;
        }
        finally
        {
            found.Release();
        }
    }

    /// <inheritdoc cref="Unpin(ReadOnlySpan{byte}, int)"/>
    public StorageError? Unpin(string path) => Unpin(PathText.Bytes(path));

    /// <summary>Lists a directory of pins, streaming; opens each file for inspection only, and maps nothing.</summary>
    /// <param name="path">The directory.</param>
    /// <param name="entries">Its entries, ordered by their names' bytes, to be enumerated once.</param>
    /// <param name="error">Why it can't be listed.</param>
    /// <returns>Whether it succeeded.</returns>
    public static bool TryEnumerate(string path, [NotNullWhen(true)] out IEnumerable<PinEntry>? entries, [NotNullWhen(false)] out StorageError? error)
    {
        entries = null;
        error = CheckPath(PathText.Bytes(path));
        if (error is not null)
            return false;
        Errno errno = DirectoryReader.TryOpen(
            AT_FDCWD, PathText.Terminate(PathText.Bytes(path), stackalloc byte[512]), out DirectoryReader? reader, follow: true);
        if (errno != Errno.None)
        {
            error = StorageErrors.Call(-(int)errno, $"list {path}");
            return false;
        }

        entries = PinLister.List(reader!);
        return true;
    }

    /// <summary>The bpffs that a directory is below.</summary>
    /// <param name="path">The directory.</param>
    /// <param name="mount">What is known of it.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryFindMount(string path, [NotNullWhen(true)] out MountInfo? mount)
    {
        mount = null;
        if (CheckPath(PathText.Bytes(path)) is not null)
            return false;
        _ = _resolver.Resolve(AT_FDCWD, PathText.Terminate(PathText.Bytes(path), stackalloc byte[512]), out int outside, out PinDirectory? found);
        if (outside >= 0)
            _ = Posix.Close(outside);
        mount = found?.Mount;
        found?.Release();
        return mount is not null;
    }

    /// <summary>Makes a directory a bpffs of this store.</summary>
    /// <param name="path">An existing, empty directory on the store's file system, seen through the same mount.</param>
    /// <param name="options">Its options.</param>
    /// <returns>Null, or why not: <c>EXDEV</c>, <c>EBUSY</c> if it is below a bpffs, <c>ENOTEMPTY</c>, …</returns>
    public StorageError? Mount(string path, BpffsOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new Mounter(_store, _resolver).Mount(path, options);
    }

    /// <summary>Changes options; those that aren't given stay.</summary>
    /// <param name="path">The root directory of the bpffs.</param>
    /// <param name="options">The new options.</param>
    /// <returns>Null, or why not: <c>EINVAL</c> for what is no bpffs.</returns>
    public StorageError? Remount(string path, BpffsOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new Mounter(_store, _resolver).Remount(path, options);
    }

    /// <summary>Makes a bpffs an ordinary, empty directory again; the pins below it are released.</summary>
    /// <param name="path">The root directory of the bpffs.</param>
    /// <param name="lazy">Whether it goes even while processes work in it.</param>
    /// <returns>Null, or why not: <c>EINVAL</c> for what is no bpffs, <c>EBUSY</c> while it is in use.</returns>
    public StorageError? Unmount(string path, bool lazy = false) => Unmounter.Unmount(_store, path, lazy);

    /// <summary>The magic number of the file system that a path is on; <see cref="Magic"/> in a bpffs.</summary>
    /// <param name="path">Any path that exists.</param>
    /// <param name="magic">The number.</param>
    /// <returns>Null, or why not: as statfs(2).</returns>
    public StorageError? ReadMagic(string path, out uint magic)
    {
        magic = 0;
        byte[] bytes = PathText.Bytes(path);
        if (CheckPath(bytes) is { } bad)
            return bad;
        int descriptor = Posix.OpenAt(AT_FDCWD, PathText.Terminate(bytes, stackalloc byte[512]), O_PATH);
        int result = descriptor < 0 ? descriptor : Posix.Stat(descriptor, out FileStatus status) is int failed and < 0 ? failed : status.IsDirectory ? 1 : 0;
        FileSystemStatus statistics = default;
        if (result >= 0)
        {
            _ = PathText.Split(bytes, out ReadOnlySpan<byte> parent, out _);
            bool isMount = TryFindMount(result == 1 ? path : Encoding.UTF8.GetString(parent), out _);
            result = Posix.StatFileSystem(descriptor, out statistics);
            magic = isMount ? Magic : (uint)statistics.Type;
        }

        if (descriptor >= 0)
            _ = Posix.Close(descriptor);
        return result < 0 ? StorageErrors.Call(result, $"look at {path}") : null;
    }

    /// <inheritdoc/>
    public void Dispose() => _resolver.Dispose();

    private static StorageError? CheckPath(ReadOnlySpan<byte> path)
    {
        if (path.IsEmpty || path.Contains((byte)0))
            return StorageErrors.Of(Errno.ENOENT, "the path is empty");
        return path.Length >= PathText.Maximum ? StorageErrors.Of(Errno.ENAMETOOLONG, "the path is longer than 4095 bytes") : null;
    }

    /// <summary>Checks the last component as <c>filename_create</c> and <c>bpf_lookup</c> of the kernel do, in their order.</summary>
    private static int CheckName(int directory, ReadOnlySpan<byte> name, bool slash)
    {
        if (name.IsEmpty || IsDots(name))
            return -EEXIST;
        if (name.Contains((byte)'.'))
            return -EPERM;
        if (name.Length > 255)
            return -ENAMETOOLONG;
        if (!slash)
            return 0;
        int result = Posix.StatAt(directory, PathText.Terminate(name, stackalloc byte[288]), follow: false, out _);
        return result == 0 ? -EEXIST : result;
    }

    /// <summary>The mount's own rules, after the name's: a name that exists is <c>EEXIST</c> in a read-only bpffs too.</summary>
    private static int CheckRules(PinDirectory directory, ReadOnlySpan<byte> name, bool replace)
    {
        BpffsOptions options = directory.Mount.Options;
        int rule = options.ReadOnly == true ? -EROFS : options.OnlyRootPins == true && Posix.EffectiveUser() != 0 ? -EPERM : 0;
        return rule != 0 && !replace && Posix.StatAt(directory.Descriptor, PathText.Terminate(name, stackalloc byte[288]), follow: false, out _) == 0 ? -EEXIST : rule;
    }

    /// <summary>The parent can't be resolved, or is below no bpffs; the kernel looks the name up first even there.</summary>
    private static StorageError PinOutside(int result, int outside, ReadOnlySpan<byte> path, ReadOnlySpan<byte> name, bool slash, bool replace)
    {
        if (outside >= 0)
        {
            int looked = name.IsEmpty || IsDots(name) ? 0
                : name.Length > 255 ? -ENAMETOOLONG
                : Posix.StatAt(outside, PathText.Terminate(name, stackalloc byte[288]), follow: false, out _);
            _ = Posix.Close(outside);
            result = looked == 0 ? (replace ? result : -EEXIST) : looked != -ENOENT ? looked : slash ? -ENOENT : result;
        }

        return result == -EPERM
            ? StorageErrors.Of(Errno.EPERM, $"cannot pin at {PathText.Show(path)}: it is not below a bpffs; pin below the default one, or mount the directory first")
            : result == -ENOENT && !slash ? StorageErrors.Of(Errno.ENOENT, $"cannot pin at {PathText.Show(path)}: there is no such directory; make it with mkdir")
            : StorageErrors.Call(result, $"pin at {PathText.Show(path)}");
    }

    private static bool IsDots(ReadOnlySpan<byte> name) => name is [(byte)'.'] or [(byte)'.', (byte)'.'];

    private static StorageError PinError(int result, ObjectFile file, ReadOnlySpan<byte> path, ReadOnlySpan<byte> name, MountInfo mount) => (Errno)(-result) switch
    {
        Errno.EROFS when mount.Options.ReadOnly == true => StorageErrors.Of(
            Errno.EROFS, $"cannot pin at {PathText.Show(path)}: the bpffs {mount.Path} is mounted read-only; remount it with rw first"),
        Errno.EPERM when mount.Options.OnlyRootPins == true && !name.Contains((byte)'.') => StorageErrors.Of(
            Errno.EPERM, $"cannot pin at {PathText.Show(path)}: only root pins in the bpffs {mount.Path} (pin=root)"),
        Errno.EXDEV => StorageErrors.Of(
            Errno.EXDEV,
            $"cannot pin at {PathText.Show(path)}: it is not on the store's file system and mount; pin below the store's own bpffs, or choose a store there with --store"),
        Errno.EMLINK => StorageErrors.Of(
            Errno.EMLINK, $"cannot pin at {PathText.Show(path)}: the file system allows no more names for {file.Key.Kind} {file.Key.Id}; unpin some"),
        Errno.EPERM when name.Contains((byte)'.') => StorageErrors.Of(
            Errno.EPERM, $"cannot pin at {PathText.Show(path)}: names with a dot are reserved; choose a name without one"),
        Errno.EPERM => StorageErrors.Of(
            Errno.EPERM, $"cannot pin at {PathText.Show(path)}: the object is another user's and not yours to write, which the system's protected_hardlinks forbids to link"),
        _ => StorageErrors.Call(result, $"pin at {PathText.Show(path)}"),
    };

    /// <summary>In a bpffs the kernel refuses names with a dot at lookup; an ordinary directory can't, so this does.</summary>
    private StorageError? CheckDottedGet(ReadOnlySpan<byte> path, int directory)
    {
        if (!path.Contains((byte)'.'))
            return null;
        _ = PathText.Split(path, out ReadOnlySpan<byte> parent, out ReadOnlySpan<byte> name);
        if (!name.Contains((byte)'.') || IsDots(name))
            return null;
        _ = _resolver.Resolve(directory, PathText.Terminate(parent, stackalloc byte[512]), out int outside, out PinDirectory? found);
        if (outside >= 0)
            _ = Posix.Close(outside);
        if (found is null)
            return null;
        found.Release();
        return StorageErrors.Of(Errno.EPERM, $"cannot open {PathText.Show(path)}: names with a dot are reserved in a bpffs");
    }

    private int UnpinBelow(int directory, ReadOnlySpan<byte> name, bool slash)
    {
        if (name.IsEmpty || IsDots(name))
            return -EISDIR;
        if (name.Contains((byte)'.'))
            return -EPERM;
        if (name.Length > 255)
            return -ENAMETOOLONG;
        ReadOnlySpan<byte> text = PathText.Terminate(name, stackalloc byte[288]);
        int result = Posix.StatAt(directory, text, follow: false, out FileStatus status);
        if (result < 0)
            return result;
        if (slash && !status.IsDirectory)
            return -ENOTDIR;

        // Two names, the store's and this one: then the object may go with it, and must be known by then.
        ObjectFile? last = null;
        if (status.IsRegular && status.Links == 2 && _store.Reclaimer.WhyNot is null)
            _ = ObjectOpener.TryOpen(_store, directory, text, ObjectAccess.ReadOnly, O_NOFOLLOW, Errno.EACCES, out last, out _);
        result = Posix.Unlink(directory, text);
        last?.Dispose();
        return result;
    }
}
