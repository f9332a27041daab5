using System.Diagnostics.CodeAnalysis;
using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Memory;
using static Tmds.Linux.LibC;

namespace Holdfast.Storage.Checking;

/// <summary>
/// Checks a store while others use it: reads only, maps nothing, waits for nobody. What looks odd may be somebody at work, so it counts only
/// if every further look shows the same.
/// </summary>
public static class StoreCheck
{
    private const int FurtherLooks = 5;
    private const int FirstPause = 4; // ms, doubled each time

    /// <summary>Whether this thread looks again without a pause: tests of damage that nobody mends.</summary>
    [ThreadStatic]
    internal static bool IsHasty;

    /// <summary>Checks a store.</summary>
    /// <param name="path">Its directory; null or empty for the caller's default.</param>
    /// <param name="contents">What objects mean.</param>
    /// <param name="report">What was found.</param>
    /// <param name="error">Why it couldn't be checked: <c>ENOENT</c> if there is no store.</param>
    /// <returns>Whether it was checked.</returns>
    public static bool TryRun(
        string? path, IStoredContents contents, [NotNullWhen(true)] out StoreCheckReport? report, [NotNullWhen(false)] out StorageError? error)
    {
        ArgumentNullException.ThrowIfNull(contents);
        report = null;
        string full = string.IsNullOrEmpty(path) ? StoreLocation.Default() : Path.GetFullPath(path);
        int root = TrustedPath.Open(full, O_RDONLY);
        if (root < 0)
        {
            error = StorageErrors.Call(root, $"check the store {full}");
            return false;
        }

        error = ReadIdentity(root, full, out StoreIdentity? identity, out StoreFinding? damage);
        if (error is null)
        {
            int objects = 0;
            report = new StoreCheckReport(full, 0, damage is null ? Confirm(full, root, identity!, contents, ref objects) : [damage]) { Objects = objects };
        }

        _ = Posix.Close(root);
        return error is null;
    }

    private static StorageError? ReadIdentity(int root, string path, out StoreIdentity? identity, out StoreFinding? damage)
    {
        identity = null;
        damage = null;
        int descriptor = Posix.OpenAt(root, "store\0"u8, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
        byte[] bytes = new byte[StoreIdentity.Length];
        int count = descriptor < 0 ? descriptor : Posix.Read(descriptor, bytes, 0);
        if (descriptor >= 0)
            _ = Posix.Close(descriptor);
        if (count < 0 && count != -EACCES && Posix.StatAt(root, "objects\0"u8, follow: false, out _) < 0)
            return StorageErrors.Of(Errno.ENOENT, $"{path} is not a store");
        if (count < 0 && count != -ENOENT)
            return StorageErrors.Call(count, $"read {path}/store");
        identity = count < 0 ? null : StoreIdentity.TryParse(bytes.AsSpan(0, count));
        if (identity is null)
            damage = new StoreFinding("store", count < 0 ? "the file that says that it is a store is missing: it was never finished, or damaged" : "the file that says what the store is doesn't check", "the store can't be opened; nothing else was checked", "restore it from a backup");
        else if (identity.IsNewer)
            return StorageErrors.Of(Errno.EOPNOTSUPP, $"{path} was made by a newer version of Holdfast; check it with that version");
        return null;
    }

    private static IReadOnlyList<StoreFinding> Confirm(string path, int root, StoreIdentity identity, IStoredContents contents, ref int objects)
    {
        StoreSurvey first = new(path, root, identity, contents);
        List<StoreFinding> findings = [.. first.Run(null).Distinct()];
        objects = first.Objects;
        for (int look = 0; look < FurtherLooks && findings.Count > 0; look++)
        {
            if (!IsHasty)
                Thread.Sleep(FirstPause << look);
            HashSet<ObjectKey> odd = [.. findings.Select(finding => finding.Object)];
            HashSet<StoreFinding> again = [.. new StoreSurvey(path, root, identity, contents).Run(odd)];
            findings.RemoveAll(finding => !again.Contains(finding));
        }

        return Gather(findings);
    }

    /// <summary>One line for all garbage.</summary>
    private static List<StoreFinding> Gather(List<StoreFinding> findings)
    {
        StoreFinding[] garbage = [.. findings.Where(finding => finding.IsGarbage)];
        if (garbage.Length < 2)
            return findings;
        findings.RemoveAll(finding => finding.IsGarbage);
        string some = string.Join(", ", garbage.Take(3).Select(finding => finding.Subject)) + (garbage.Length > 3 ? ", …" : "");
        findings.Add(new StoreFinding($"{garbage.Length} objects", $"nothing refers to them any more ({some})", "they take room", "holdfast gc") { Repair = RepairAction.Collect });
        return findings;
    }
}
