using System.Diagnostics.CodeAnalysis;
using System.Text;
using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Memory;
using static Tmds.Linux.LibC;

namespace Holdfast.Storage.Checking;

/// <summary>Puts right what can be put right while others use the store. What it doesn't understand it leaves alone, or moves to the quarantine.</summary>
public sealed class StoreRepair
{
    private readonly Store _store;
    private readonly IStoredContents _contents;
    private readonly List<string> _failures;

    private StoreRepair(Store store, IStoredContents contents, List<string> failures)
    {
        _store = store;
        _contents = contents;
        _failures = failures;
    }

    /// <summary>Checks a store, repairs it, and checks it again.</summary>
    /// <param name="path">Its directory; null or empty for the caller's default.</param>
    /// <param name="contents">What objects mean.</param>
    /// <param name="report">What was found, fixed and left.</param>
    /// <param name="error">Why it couldn't be checked.</param>
    /// <returns>Whether it was checked; what couldn't be repaired is in the report.</returns>
    public static bool TryRun(
        string? path, IStoredContents contents, [NotNullWhen(true)] out StoreRepairReport? report, [NotNullWhen(false)] out StorageError? error)
    {
        report = null;
        if (!StoreCheck.TryRun(path, contents, out StoreCheckReport? before, out error))
            return false;
        List<string> failures = [];
        if (before.Findings.Any(finding => finding.IsRepairable))
            Repair(before, contents, failures);
        if (!StoreCheck.TryRun(path, contents, out StoreCheckReport? after, out error))
            return false;
        HashSet<(string, string)> left = [.. after.Findings.Select(finding => (finding.Subject, finding.What))];
        report = new StoreRepairReport(
            before.Path, before.Objects, [.. before.Findings.Where(finding => !left.Contains((finding.Subject, finding.What)))], after.Findings, failures);
        return true;
    }

    private static void Repair(StoreCheckReport found, IStoredContents contents, List<string> failures)
    {
        if (Prepare(found) is { } unprepared)
            failures.Add(unprepared);
        if (!Store.TryOpen(found.Path, new StoreOptions { Create = false, AllowWritableByOthers = true, SweepBudget = 0 }, out Store? store, out StorageError? error))
        {
            failures.Add(error.Message);
            return;
        }

        using (store)
        {
            if (store.WhyReadOnly is { } why)
                failures.Add($"nothing can be repaired: {why.Message}");
            else
                new StoreRepair(store, contents, failures).Run(found.Findings);
        }
    }

    /// <summary>What must be there before the store can be opened. A store that lacks it is open nowhere for writing, or not for long.</summary>
    private static string? Prepare(StoreCheckReport found)
    {
        bool directories = found.Findings.Any(finding => finding.Repair == RepairAction.MakeDirectories);
        bool state = found.Findings.Any(finding => finding.Repair == RepairAction.MakeState);
        if (!directories && !state)
            return null;
        int root = TrustedPath.Open(found.Path, O_RDONLY);
        int result = root < 0 ? root : Posix.Stat(root, out FileStatus status) is int failed and < 0 ? failed
            : status.User != Posix.EffectiveUser() ? -EPERM
            : directories ? StoreDirectories.Make(root) : 0;
        if (result >= 0 && state)
            result = MakeState(root);
        if (root >= 0)
            _ = Posix.Close(root);
        return result < 0 ? $"the store's own files can't be made: {StorageErrors.Reason((Errno)(-result))}" : null;
    }

    private static int MakeState(int root)
    {
        int lockFile = ReferenceLock.OpenFile(root, create: true);
        int result = lockFile < 0 ? lockFile : OfdLock.Exclusive(lockFile, ReferenceLock.SetUpByte);
        if (result == 0)
            result = StoreState.Create(root);
        if (lockFile >= 0)
            _ = Posix.Close(lockFile);
        return result;
    }

    private void Run(IReadOnlyList<StoreFinding> findings)
    {
        foreach (StoreFinding finding in findings.Where(finding => finding.Repair == RepairAction.NameObject))
            Tell(NameObject(finding));
        foreach (StoreFinding finding in findings.Where(finding => finding.Repair == RepairAction.MakeReference))
            Tell(MakeReference(finding.Object, finding.Target));
        foreach (IGrouping<ObjectKey, StoreFinding> map in findings.Where(finding => finding.Repair == RepairAction.MakeMapWhole).GroupBy(finding => finding.Object))
            Tell(MapRepair.Run(_store, map.Key, map.Any(finding => finding.NeedsCopy)));
        HashSet<RepairAction> once = [.. findings.Select(finding => finding.Repair)];
        if (once.Contains(RepairAction.MakeDefaultMount) || once.Contains(RepairAction.MakeDirectories))
            Tell(MakeDefaultMount());
        if (once.Contains(RepairAction.MendMounts))
        {
            _store.State!.AreMountsChanging = true;
            MountChange.Mend(_store);
        }

        foreach (ObjectKind kind in once.Contains(RepairAction.RaiseIds) || once.Contains(RepairAction.NameObject) ? StoreDirectories.Kinds : [])
        {
            if (_store.Ids(kind) is { Count: > 0 } ids)
                _store.State!.RaiseId(kind, ids[^1]);
        }

        if (once.Contains(RepairAction.Collect))
            Tell(_store.Collector.Collect((header, descriptor) => header.Key.Kind == ObjectKind.Map ? _contents.Targets(header, descriptor) : null).WhyNot);
    }

    private void Tell(string? failure)
    {
        if (failure is not null)
            _failures.Add(failure);
    }

    private string? NameObject(StoreFinding finding)
    {
        int directory = finding.Subject.StartsWith('/') ? AT_FDCWD : _store.Directories.Root;
        int descriptor = Posix.OpenAt(directory, PathText.Terminate(PathText.Bytes(finding.Subject), stackalloc byte[512]), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
        if (descriptor < 0)
            return descriptor == -ENOENT ? null : $"{finding.Subject} can't be opened: {StorageErrors.Reason((Errno)(-descriptor))}";
        bool sound = ObjectHeaderCodec.Read(descriptor, out ObjectHeader? header, out _) == ObjectHeaderStatus.Valid
            && header!.Key == finding.Target && header.StoreId == _store.Id && !header.IsDead;
        int result = sound ? Posix.LinkDescriptor(descriptor, _store.Directories.Of(finding.Target.Kind), finding.Target.FileName(stackalloc byte[16])) : 0;
        _ = Posix.Close(descriptor);
        return !sound ? $"{finding.Subject} is no sound object and is left alone"
            : result < 0 && result != -EEXIST ? $"{finding.Subject} can't be given its name in objects: {StorageErrors.Reason((Errno)(-result))}"
            : null;
    }

    private string? MakeReference(ObjectKey referrer, ObjectKey target)
    {
        if (!_store.TryOpenById(target, ObjectAccess.ReadOnly, out ObjectFile? file, out StorageError? error))
            return error.Message;
        using (file)
        {
            if (!_store.TryBeginReferenceChange(referrer, out ReferenceChange? change, out error))
                return error.Message;
            using (change)
                return MoveAway(referrer, target, file) ?? change.Add(file)?.Message;
        }
    }

    /// <summary>What has the reference's name and is no link of the target goes to the quarantine.</summary>
    private string? MoveAway(ObjectKey referrer, ObjectKey target, ObjectFile file)
    {
        byte[] name = ReferenceNames.PathOf(referrer, target, stackalloc byte[48]).ToArray();
        if (Posix.StatAt(_store.Directories.References, name, follow: false, out FileStatus there) < 0
            || Posix.Stat(file.Descriptor, out FileStatus meant) < 0 || there.IsSameFile(meant))
            return null;
        int result = Quarantine.Move(_store, _store.Directories.References, name, $"{referrer}-{target}");
        return result < 0 ? $"refs/{Encoding.UTF8.GetString(name[..^1])} can't be moved away: {StorageErrors.Reason((Errno)(-result))}" : null;
    }

    private string? MakeDefaultMount()
    {
        int result = Posix.Link(_store.Directories.Root, "fs/.bpffs\0"u8, _store.Directories.Mounts, "default\0"u8);
        if (result == -ENOENT)
            result = MountRegistry.MakeDefault(_store.Directories.Root, _store.Path, _store.Id);
        return result < 0 && result != -EEXIST ? $"the default bpffs can't be registered: {StorageErrors.Reason((Errno)(-result))}" : null;
    }
}
