using Holdfast.Isa.Abi;
using Holdfast.Storage;
using Holdfast.Storage.FileSystem;
using Holdfast.Userspace.Objects;

namespace Holdfast.Userspace;

/// <content>The file systems of pins.</content>
public sealed partial class UserspaceEngine
{
    /// <inheritdoc/>
    public IReadOnlyList<BpffsMount> Mounts => [.. Store.Bpffs.Mounts.Select(mount => new BpffsMount(mount.Path, mount.Options))];

    /// <inheritdoc/>
    public int Mount(string directory, BpffsOptions options) => Answer(Store.Bpffs.Mount(directory, options));

    /// <inheritdoc/>
    public int Remount(string directory, BpffsOptions options) => Answer(Store.Bpffs.Remount(directory, options));

    /// <inheritdoc/>
    public int Unmount(string directory, bool lazy) => Answer(Store.Bpffs.Unmount(directory, lazy));

    /// <inheritdoc/>
    public int FileSystemMagic(string path, out uint magic) => Answer(Store.Bpffs.ReadMagic(path, out magic));

    /// <inheritdoc/>
    public int TryList(string directory, out IEnumerable<PinnedName> names)
    {
        bool listed = Bpffs.TryEnumerate(directory, out IEnumerable<PinEntry>? entries, out StorageError? error);
        names = listed ? entries!.Select(Listed) : [];
        return Answer(error);
    }

    /// <inheritdoc/>
    public int Unpin(string path) => Answer(Store.Bpffs.Unpin(path));

    /// <inheritdoc/>
    public int Replace(int descriptor, string path) =>
        Answer(_state.Descriptors.TryGet(descriptor, out DescriptorEntry? entry, out StorageError? error) ? Store.Bpffs.Replace(entry.File, path) : error);

    /// <inheritdoc/>
    public int Exchange(string path, string other) => Answer(Bpffs.Exchange(path, other));

    private static int Answer(StorageError? error)
    {
        Failures.Clear();
        return error is null ? 0 : Failures.Of(error);
    }

    private static PinnedName Listed(PinEntry entry) =>
        new(entry.Name, entry.Type, entry.Kind, entry.Id, entry.ObjectName, entry.Mode, entry.User) { AllocatedBytes = entry.AllocatedBytes };
}
