using System.Buffers.Binary;
using System.Text;
using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Memory;
using static Tmds.Linux.LibC;

namespace Holdfast.Storage.Checking;

/// <summary>Looks at a whole store once. Others change it meanwhile: what is odd has to be seen again.</summary>
internal sealed class StoreSurvey(string path, int root, StoreIdentity identity, IStoredContents contents)
{
    private const int DeepestDirectory = 64;

    private static readonly string[] Names = ["objects", "objects/maps", "objects/programs", "objects/links", "objects/btf", "refs", "mounts", "fs"];

    private readonly List<StoreFinding> _findings = [];
    private readonly Dictionary<ObjectKey, SurveyedObject> _objects = [];

    /// <summary>Objects that were looked at.</summary>
    public int Objects => _objects.Count;

    /// <summary>Looks at everything.</summary>
    /// <param name="inside">Whose contents to look at; null for all.</param>
    public List<StoreFinding> Run(IReadOnlySet<ObjectKey>? inside)
    {
        CheckRoot();
        CheckDirectories();
        if (StoreDirectories.TryOpen(Posix.OpenAt(root, ".\0"u8, O_PATH | O_DIRECTORY), out StoreDirectories? directories) != Errno.None)
            return _findings;
        using (directories)
        {
            Dictionary<ObjectKind, uint> highest = [];
            foreach (ObjectKind kind in StoreDirectories.Kinds)
                highest[kind] = ReadObjects(directories!, kind, inside);
            CheckState(highest);
            ReferenceSurvey references = new(directories!, _objects, _findings);
            references.Run();
            CheckMounts(directories!, references);
        }

        return _findings;
    }

    private void CheckRoot()
    {
        if (Posix.Stat(root, out FileStatus status) == 0 && (status.Mode & 0x12) != 0)
            Note("store", $"others may write its directory (mode {Convert.ToString(status.Mode & 0xFFF, 8)})", "they can crash and mislead whoever uses the store", $"chmod go-w {path}");
        if (Posix.StatAt(root, "lock\0"u8, follow: false, out status) == 0 && !status.IsRegular)
            Note("lock", "it is no regular file", "nothing can be created or freed", "remove it; it is made anew");
        if (DirectoryReader.TryOpen(root, ".\0"u8, out DirectoryReader? reader) != Errno.None)
            return;
        using (reader)
        {
            while (reader!.MoveNext())
            {
                // Directories are mounts, or somebody's own.
                string name = Encoding.UTF8.GetString(reader.Name);
                if (reader.Type != DirectoryReader.DirectoryType && !StoreBuilder.OurNames.Contains(name))
                    Note(name, "it is no name of the store's", "none", "look what it is, and remove it");
            }
        }
    }

    private void CheckDirectories()
    {
        Span<byte> buffer = stackalloc byte[64];
        foreach (string name in Names)
        {
            int result = Posix.StatAt(root, PathText.Terminate(PathText.Bytes(name), buffer), follow: false, out FileStatus status);
            if (result == -ENOENT)
                Add(new StoreFinding(name, "the directory is gone", "the store can't be opened", "run holdfast fsck --repair") { Repair = RepairAction.MakeDirectories });
            else if (result == 0 && !status.IsDirectory)
                Note(name, "it is no directory", "the store can't be opened", "move it away, then run holdfast fsck --repair");
        }
    }

    private uint ReadObjects(StoreDirectories directories, ObjectKind kind, IReadOnlySet<ObjectKey>? inside)
    {
        uint highest = 0;
        ObjectSurvey survey = new(identity.Id, contents, _findings);
        if (DirectoryReader.TryOpen(directories.Of(kind), ".\0"u8, out DirectoryReader? reader) != Errno.None)
            return highest;
        using (reader)
        {
            while (reader!.MoveNext())
            {
                if (!ObjectKey.TryParseId(reader.Name, out uint id))
                {
                    Note($"{Encoding.UTF8.GetString(StoreDirectories.PathOf(kind)[..^1])}/{Encoding.UTF8.GetString(reader.Name)}", "it is no name of the store's", "none", "look what it is, and remove it");
                    continue;
                }

                highest = Math.Max(highest, id);
                ObjectKey key = new(kind, id);
                if (survey.Look(reader.Descriptor, key, inside is null || inside.Contains(key)) is { } seen)
                    _objects[key] = seen;
            }
        }

        return highest;
    }

    /// <summary>An id is taken from its counter before its file is made: counters read after the files are never behind.</summary>
    private void CheckState(Dictionary<ObjectKind, uint> highest)
    {
        int descriptor = Posix.OpenAt(root, "state\0"u8, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
        byte[] page = new byte[SharedPage.Length];
        FileStatus status = default;
        int result = descriptor < 0 ? descriptor : Posix.Stat(descriptor, out status);
        int count = result < 0 ? result : Posix.Read(descriptor, page, 0);
        if (descriptor >= 0)
            _ = Posix.Close(descriptor);
        if (result == -ENOENT || (result >= 0 && status.IsRegular && count < page.Length))
        {
            string what = result < 0 ? "it is gone" : $"it has {count} bytes and should have {page.Length}";
            Add(new StoreFinding("state", what, "the store can't be opened for writing; quotas are lost", "run holdfast fsck --repair, then set quotas again") { Repair = RepairAction.MakeState });
        }
        else if (result < 0 || count < 0)
        {
            if (result != -EACCES && result != -EPERM)
                Note("state", $"it can't be read: {StorageErrors.Reason((Errno)(-Math.Min(result, count)))}", "the store can't be opened for writing", "look at the device (dmesg)");
        }
        else if (!status.IsRegular || status.Links != 1)
        {
            Note("state", status.IsRegular ? "it has a second name" : "it is no regular file", "the store can't be opened for writing: somebody may have put it there", "look who, and remove it");
        }
        else
        {
            CheckCounters(page, highest);
        }
    }

    private void CheckCounters(byte[] page, Dictionary<ObjectKind, uint> highest)
    {
        if (BinaryPrimitives.ReadUInt64LittleEndian(page) != 1)
            Note("state", $"its version is {BinaryPrimitives.ReadUInt64LittleEndian(page)}, not 1", "none known", "look who wrote it");

        // After a restart the first opener raises the counters.
        if (new Guid(page.AsSpan(StoreState.BootIdWords, 16)) != CurrentBoot.Id)
            return;
        foreach ((ObjectKind kind, uint used) in highest)
        {
            ulong counter = BinaryPrimitives.ReadUInt64LittleEndian(page.AsSpan(StoreState.NextIdWords + (8 * (int)kind)));
            if (counter < used)
                Add(new StoreFinding("state", $"the last id of a {kind} was {used}, and the counter says {counter}", "creating takes longer: ids in use are tried first", "run holdfast fsck --repair") { Repair = RepairAction.RaiseIds });
        }
    }

    private void CheckMounts(StoreDirectories directories, ReferenceSurvey references)
    {
        if (DirectoryReader.TryOpen(directories.Mounts, ".\0"u8, out DirectoryReader? reader) != Errno.None)
            return;
        HashSet<(ulong, ulong)> known = [.. _objects.Values.Select(seen => (seen.Status.Device, seen.Status.Inode))];
        bool hasDefault = false;
        using (reader)
        {
            while (reader!.MoveNext())
            {
                string name = Encoding.UTF8.GetString(reader.Name);
                hasDefault |= name == "default";
                if (Posix.StatAt(reader.Descriptor, reader.TerminatedName, follow: false, out FileStatus status) == 0)
                    CheckMount(reader, name, status, known, references);
            }
        }

        if (!hasDefault)
            Add(new StoreFinding("mounts/default", "the registration of the default bpffs is gone", "nothing can be pinned in the default mount", "run holdfast fsck --repair") { Repair = RepairAction.MakeDefaultMount });
    }

    private void CheckMount(DirectoryReader reader, string name, in FileStatus status, HashSet<(ulong, ulong)> known, ReferenceSurvey references)
    {
        string place = $"mounts/{name}";
        MountInfo? info = status.IsRegular ? MountRegistry.TryRead(reader.Descriptor, reader.TerminatedName, name) : null;
        if (info is null)
        {
            Note(place, "it is no registration of a bpffs", "a directory of pins may not be found", "look what it is, and remove it");
            return;
        }

        if (info.StoreId != identity.Id)
            Note(place, $"it is a bpffs of another store ({info.StoreId})", "nothing can be pinned there", "a store is copied with holdfast backup, not with cp");
        if (status.Links == 1 || info.IsLeaving)
        {
            if (!IsChanging())
                Add(new StoreFinding(place, status.Links == 1 ? $"its directory ({info.Path}) is gone" : $"the unmount of {info.Path} was interrupted", "none: nobody pins there", "run holdfast fsck --repair") { Repair = RepairAction.MendMounts });
            return;
        }

        int directory = MountRegistry.OpenMounted(info, status);
        if (directory < 0)
            return; // moved, or not to be seen from here
        ReadPins(directory, info.Path, known, references, 0);
        _ = Posix.Close(directory);
    }

    /// <summary>Whether somebody mounts or unmounts right now.</summary>
    private bool IsChanging()
    {
        int descriptor = Posix.OpenAt(root, "lock\0"u8, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
        if (descriptor < 0)
            return false;
        bool held = OfdLock.IsHeldByOthers(descriptor, ReferenceLock.MountsByte);
        _ = Posix.Close(descriptor);
        return held;
    }

    /// <summary>Looks for pins of objects that have lost their name in <c>objects</c>; whatever else is there is nobody's business.</summary>
    private void ReadPins(int directory, string below, HashSet<(ulong, ulong)> known, ReferenceSurvey references, int depth)
    {
        if (depth > DeepestDirectory || DirectoryReader.TryOpen(directory, ".\0"u8, out DirectoryReader? reader) != Errno.None)
            return;
        using (reader)
        {
            while (reader!.MoveNext())
            {
                if (Posix.StatAt(reader.Descriptor, reader.TerminatedName, follow: false, out FileStatus status) < 0)
                    continue;
                string place = $"{below}/{Encoding.UTF8.GetString(reader.Name)}";
                int inner = status.IsDirectory ? Posix.OpenAt(reader.Descriptor, reader.TerminatedName, O_PATH | O_DIRECTORY | O_NOFOLLOW)
                    : status.IsRegular && !known.Contains((status.Device, status.Inode)) ? Posix.OpenAt(reader.Descriptor, reader.TerminatedName, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
                    : -1;
                if (inner < 0)
                    continue;
                if (status.IsDirectory)
                    ReadPins(inner, place, known, references, depth + 1);
                else if (ObjectHeaderCodec.Read(inner, out ObjectHeader? header, out _) == ObjectHeaderStatus.Valid && header!.StoreId == identity.Id && !header.IsDead)
                    references.Lost(place, header.Key, status);
                _ = Posix.Close(inner);
            }
        }
    }

    private void Note(string subject, string what, string consequence, string remedy) => Add(new StoreFinding(subject, what, consequence, remedy));

    private void Add(StoreFinding finding) => _findings.Add(finding);
}
