using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Hooks;
using Holdfast.Storage.Maps;
using Holdfast.Storage.Memory;
using static Tmds.Linux.LibC;

namespace Holdfast.Storage.Checking;

/// <summary>Looks at one object's file: header, lengths, sections, contents.</summary>
internal sealed class ObjectSurvey(Guid storeId, IStoredContents contents, ICollection<StoreFinding> findings)
{
    private const string Unusable = "it can't be opened, and counts as live, with all it refers to";

    /// <summary>Looks at an object; null if it is no file of ours, or went meanwhile.</summary>
    /// <param name="directory">Directory of its kind.</param>
    /// <param name="key">What its name says.</param>
    /// <param name="inside">Whether to look at what it holds, not only at its header.</param>
    public SurveyedObject? Look(int directory, ObjectKey key, bool inside)
    {
        int descriptor = Posix.OpenAt(directory, key.FileName(stackalloc byte[16]), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
        if (descriptor < 0)
        {
            if (descriptor != -ENOENT)
                Note(key, $"it can't be read: {StorageErrors.Reason((Errno)(-descriptor))}", "it was not checked", "check as the store's owner or root");
            return null;
        }

        SurveyedObject? seen = LookInside(descriptor, key, inside);
        _ = Posix.Close(descriptor);
        return seen;
    }

    private SurveyedObject? LookInside(int descriptor, ObjectKey key, bool inside)
    {
        if (Posix.Stat(descriptor, out FileStatus status) < 0 || status.Links == 0)
            return null;
        if (!status.IsRegular)
        {
            Note(key, "it is no regular file", Unusable, $"look what it is, and remove it from objects");
            return null;
        }

        bool held = OfdLock.IsHeldByOthers(descriptor, OfdLock.LivenessByte);
        ObjectHeaderStatus judged = ObjectHeaderCodec.Read(descriptor, out ObjectHeader? header, out int error);
        if (judged != ObjectHeaderStatus.Valid)
        {
            NoteHeader(key, judged, error, held, status);
            return new SurveyedObject(status, null, held, null);
        }

        if (header!.Key != key || header.StoreId != storeId)
        {
            Note(key, header.Key != key ? $"its header says that it is {Name(header.Key)}" : "it is another store's: the ids differ", Unusable, "somebody put the file there: remove it from objects");
            return new SurveyedObject(status, null, held, null);
        }

        if (header.IsDead && !held && status.Links > 1)
            Note(key, "it is marked as given up and still has names", "its names answer ENOENT", "remove its pins");
        if (header.Features.HasUnknownReadOnlyCompat)
            Note(key, "a newer version made it", "this version only reads it, and checked its header only", "check with that version");
        else if (inside && !header.IsDead && CheckLength(header, status) && CheckShape(header))
            CheckContents(header, descriptor);
        return new SurveyedObject(status, header, held, header.IsDead ? null : contents.Targets(header, descriptor));
    }

    private void NoteHeader(ObjectKey key, ObjectHeaderStatus judged, int error, bool held, in FileStatus status)
    {
        const string remedy = "remove its pins and its file in objects, and make it anew or restore it from a backup";
        if (error != 0)
            Note(key, $"its header can't be read: {StorageErrors.Reason((Errno)error)}", Unusable, "look at the device (dmesg)");
        else if (judged == ObjectHeaderStatus.Newer)
            Note(key, "a newer version made it", "this version can't open it, and frees nothing in this store", "use that version");
        else if (judged == ObjectHeaderStatus.Incomplete && status.Links > 1)
            Note(key, "its header is gone: zeros, or too short", Unusable, remedy);
        else if (judged == ObjectHeaderStatus.Incomplete && !held)
            findings.Add(new StoreFinding(Name(key), "it was never finished: its maker died", "it takes room", "holdfast gc") { Repair = RepairAction.Collect, IsGarbage = true });
        else if (judged != ObjectHeaderStatus.Incomplete)
            Note(key, judged == ObjectHeaderStatus.Foreign ? "it is no object: the header has no magic number" : "its header doesn't check", Unusable, remedy);
    }

    private bool CheckLength(ObjectHeader header, in FileStatus status)
    {
        long needed = header.DataOffset + header.DataLength;
        for (int index = 0; index < header.SectionCount; index++)
            needed = Math.Max(needed, header.Section(index).Offset + header.Section(index).Length);
        if (status.Length >= needed)
            return true;
        Note(header.Key, $"its file has {status.Length} bytes and should have {needed}: it was shortened", "processes that have it mapped are killed when they touch what is missing (SIGBUS)", "remove its pins and its file in objects, and restore it from a backup");
        return false;
    }

    private bool CheckShape(ObjectHeader header)
    {
        if (header.Key.Kind == ObjectKind.Hook && header.DataLength != HookLayout.DataLength)
        {
            Note(header.Key, $"its list has {header.DataLength} bytes and should have {HookLayout.DataLength}", "it can't be used", "remove its pins, and make it anew");
            return false;
        }

        if (header.Key.Kind != ObjectKind.Map)
            return true;
        MapObjectAttributes map = header.ReadAttributes<MapObjectAttributes>();
        string? reason = MapKind.Of(map.Type) is null ? "this version keeps no such maps" : null;
        Errno failure = MapGeometry.TryCompute(MapShape.Of(map), out long length, out string? misshapen);
        if (failure == Errno.None && length == header.DataLength)
            return true;
        Note(header.Key, failure == Errno.None ? $"its data has {header.DataLength} bytes, and its shape needs {length}" : $"its shape is none: {reason ?? misshapen}", "it can't be used", "remove its pins");
        return false;
    }

    private void CheckContents(ObjectHeader header, int descriptor)
    {
        for (int index = 0; index < header.SectionCount; index++)
            CheckSection(header, header.Section(index), descriptor);
        if (header.Key.Kind != ObjectKind.Map)
            return;
        if (header.BootId != CurrentBoot.Id)
        {
            Find(header.Key, "it was last used in another boot of the machine", "none: whoever opens it for writing first makes it whole", "open it, or run holdfast fsck --repair", $"{header.BootId}");
            return;
        }

        foreach (MapFlaw flaw in MapInspection.Run(descriptor, MapShape.Of(header.ReadAttributes<MapObjectAttributes>()), header.DataOffset))
            Find(header.Key, flaw.What, flaw.Consequence, "run holdfast fsck --repair while nobody uses the map", flaw.Evidence, flaw.IsStructural);
    }

    private void CheckSection(ObjectHeader header, ObjectSection section, int descriptor)
    {
        const string remedy = "remove its pins, and load it anew";
        byte[] bytes = GC.AllocateUninitializedArray<byte>((int)section.Length);
        int count = Posix.Read(descriptor, bytes, section.Offset);
        if (count != bytes.Length || ObjectHeaderCodec.ChecksumOf(bytes) != section.Checksum)
            Note(header.Key, $"its section {section.Kind} doesn't check", "it can't be used", remedy);
        else if (contents.Flaw(header, section.Kind, bytes) is { } flaw)
            Note(header.Key, flaw, "it can't be used", remedy);
    }

    private void Find(ObjectKey key, string what, string consequence, string remedy, string evidence, bool needsCopy = false) =>
        findings.Add(new StoreFinding(Name(key), what, consequence, remedy) { Repair = RepairAction.MakeMapWhole, Object = key, Evidence = evidence, NeedsCopy = needsCopy });

    private void Note(ObjectKey key, string what, string consequence, string remedy) =>
        findings.Add(new StoreFinding(Name(key), what, consequence, remedy) { Object = key });

    /// <summary>An object's name in findings: <c>map 5</c>.</summary>
    internal static string Name(ObjectKey key) => $"{key.Kind switch { ObjectKind.Map => "map", ObjectKind.Program => "prog", ObjectKind.Link => "link", _ => "btf" }} {key.Id}";
}
