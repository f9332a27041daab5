using System.Text;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;
using static Tmds.Linux.LibC;

namespace Holdfast.Storage.FileSystem;

/// <summary>Makes a new store in an open directory. The file <c>store</c> comes last: without it there is no store, and whoever comes next goes on.</summary>
internal readonly struct StoreBuilder(int root, string path, StoreOptions options)
{
    internal static readonly string[] OurNames = ["objects", "refs", "mounts", "fs", "lock", "state", "slots", "store", QuarantineName];

    /// <summary>Where a repair puts what it doesn't understand.</summary>
    internal const string QuarantineName = "quarantine";

    internal StorageError? Build()
    {
        string? foreign = FirstForeignName();
        if (foreign is not null)
            return StorageErrors.Of(Errno.EINVAL, $"{path} is not a store and not empty (it holds {foreign}); choose an empty or a new directory");
        int lockFile = ReferenceLock.OpenFile(root, create: true);
        if (lockFile < 0)
            return StorageErrors.Call(lockFile, $"make the store {path}");
        int result = OfdLock.Exclusive(lockFile, ReferenceLock.SetUpByte);
        if (result == 0 && Posix.StatAt(root, "store\0"u8, follow: false, out _) == -ENOENT)
            result = BuildLocked();
        _ = Posix.Close(lockFile);
        return result < 0 ? StorageErrors.Call(result, $"make the store {path}") : null;
    }

    private int BuildLocked()
    {
        int result = StoreDirectories.Make(root);
        if (result >= 0)
            result = StoreState.Create(root);
        int slots = Math.Min(options.ExecutionSlots > 0 ? options.ExecutionSlots : Environment.ProcessorCount, ExecutionSlots.Maximum);
        StoreIdentity identity = new(StoreIdentity.CurrentVersion, default, Guid.NewGuid(), slots);
        if (result >= 0)
            result = MountRegistry.MakeDefault(root, path, identity.Id);
        return result < 0 ? result : Publish(root, "store\0"u8, identity.ToBytes(), 0x1A4);
    }

    /// <summary>Makes a file whole or not at all: filled without a name, then linked. A name that exists is left as it is.</summary>
    internal static int Publish(int directory, ReadOnlySpan<byte> name, ReadOnlySpan<byte> bytes, uint mode)
    {
        int descriptor = Posix.OpenAt(directory, ".\0"u8, O_TMPFILE | O_RDWR, mode);
        if (descriptor < 0)
            return descriptor;
        int result = Posix.Write(descriptor, bytes, 0);
        if (result == 0)
            result = Posix.ChangeMode(descriptor, mode);
        if (result == 0)
            result = Posix.Synchronize(descriptor);
        if (result == 0)
            result = Posix.LinkDescriptor(descriptor, directory, name);
        _ = Posix.Close(descriptor);
        return result == -EEXIST ? 0 : result;
    }

    private string? FirstForeignName()
    {
        if (DirectoryReader.TryOpen(root, ".\0"u8, out DirectoryReader? reader) != Errno.None)
            return null;
        using (reader)
        {
            while (reader!.MoveNext())
            {
                string name = Encoding.UTF8.GetString(reader.Name);
                if (!OurNames.Contains(name))
                    return name;
            }
        }

        return null;
    }
}
