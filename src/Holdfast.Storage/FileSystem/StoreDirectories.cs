using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;
using static Tmds.Linux.LibC;

namespace Holdfast.Storage.FileSystem;

/// <summary>Open directories of a store, as <c>O_PATH</c> descriptors: names below them resolve whatever happens to the paths.</summary>
internal sealed class StoreDirectories : IDisposable
{
    private readonly int[] _kinds = [-1, -1, -1, -1, -1, -1];

    private StoreDirectories(int root) => Root = root;

    /// <summary>The kinds in a fixed order.</summary>
    internal static ReadOnlySpan<ObjectKind> Kinds => [ObjectKind.Map, ObjectKind.Program, ObjectKind.Link, ObjectKind.Btf, ObjectKind.Hook];

    /// <summary>The store itself.</summary>
    internal int Root { get; private set; }

    /// <summary><c>refs</c>: a directory per referrer.</summary>
    internal int References { get; private set; } = -1;

    /// <summary><c>mounts</c>: a file per bpffs directory.</summary>
    internal int Mounts { get; private set; } = -1;

    /// <summary><c>objects/…</c> of a kind; −1 for hooks in a store that never had one, made by a version that knew none.</summary>
    internal int Of(ObjectKind kind) => _kinds[(int)kind];

    /// <summary>Makes the directories that aren't there.</summary>
    internal static int Make(int root)
    {
        Span<byte> buffer = stackalloc byte[64];
        foreach (string name in (string[])["objects", "objects/maps", "objects/programs", "objects/links", "objects/btf", "objects/hooks", "refs", "mounts", "fs"])
        {
            int result = Posix.MakeDirectory(root, PathText.Terminate(PathText.Bytes(name), buffer), 0x1C0);
            if (result < 0 && result != -EEXIST)
                return result;
        }

        return 0;
    }

    /// <summary>Opens the directories; the root descriptor is owned by the result, and closed on failure.</summary>
    internal static Errno TryOpen(int root, out StoreDirectories? directories)
    {
        StoreDirectories opened = new(root);
        int result = opened.References = Open(root, "refs\0"u8);
        if (result >= 0)
            result = opened.Mounts = Open(root, "mounts\0"u8);
        foreach (ObjectKind kind in Kinds)
        {
            if (result < 0)
                break;
            int descriptor = opened._kinds[(int)kind] = OpenKind(root, kind);
            if (descriptor != -ENOENT || kind != ObjectKind.Hook)
                result = descriptor;
        }

        directories = result < 0 ? null : opened;
        if (result < 0)
            opened.Dispose();
        return result < 0 ? (Errno)(-result) : Errno.None;
    }

    /// <summary>Makes the directory of hooks in a store that has none yet. To be called by the store's owner, before others use this object.</summary>
    internal int MakeHooks()
    {
        if (Of(ObjectKind.Hook) >= 0)
            return 0;
        int result = Posix.MakeDirectory(Root, PathOf(ObjectKind.Hook), 0x1C0);
        if (result >= 0 || result == -EEXIST)
            result = _kinds[(int)ObjectKind.Hook] = OpenKind(Root, ObjectKind.Hook);
        return result;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        CloseOne(References);
        CloseOne(Mounts);
        CloseOne(Root);
        foreach (ref int descriptor in _kinds.AsSpan())
        {
            CloseOne(descriptor);
            descriptor = -1;
        }

        References = Mounts = Root = -1;
    }

    /// <summary>Path of a kind's directory below the store.</summary>
    internal static ReadOnlySpan<byte> PathOf(ObjectKind kind) => kind switch
    {
        ObjectKind.Map => "objects/maps\0"u8,
        ObjectKind.Program => "objects/programs\0"u8,
        ObjectKind.Link => "objects/links\0"u8,
        ObjectKind.Hook => "objects/hooks\0"u8,
        _ => "objects/btf\0"u8,
    };

    /// <summary>
    /// No link on the way, not only at the end: root frees in other users' stores, and must not be led to a directory that isn't theirs.
    /// </summary>
    private static int OpenKind(int root, ObjectKind kind)
    {
        int objects = Open(root, "objects\0"u8);
        if (objects < 0)
            return objects;
        int result = Open(objects, PathOf(kind)["objects/".Length..]);
        _ = Posix.Close(objects);
        return result;
    }

    private static int Open(int root, ReadOnlySpan<byte> path) => Posix.OpenAt(root, path, O_PATH | O_DIRECTORY | O_NOFOLLOW);

    private static void CloseOne(int descriptor)
    {
        if (descriptor >= 0)
            _ = Posix.Close(descriptor);
    }
}
