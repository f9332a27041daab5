using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Maps;
using Holdfast.Storage.Memory;
using static Tmds.Linux.LibC;

namespace Holdfast.Storage.Checking;

/// <summary>
/// Has a map repair itself. One that nobody uses goes through what the first opener of a boot does; in one that is in use only what dead
/// writers left can be put right, since nobody can be stopped.
/// </summary>
internal static class MapRepair
{
    /// <summary>Repairs a map.</summary>
    /// <param name="store">Its store.</param>
    /// <param name="key">The map.</param>
    /// <param name="keepCopy">Whether entries may be left out, so that a copy of the file is kept in the quarantine.</param>
    /// <returns>Why it couldn't be done; null if it was.</returns>
    internal static string? Run(Store store, ObjectKey key, bool keepCopy)
    {
        if (TakeFromBoot(store, key, keepCopy) is { } failure)
            return failure;
        if (!store.TryOpenById(key, ObjectAccess.ReadWrite, out ObjectFile? file, out StorageError? error))
            return error.Message;
        using (file)
        {
            MapAttributes shape = MapShape.Of(file.Header.ReadAttributes<MapObjectAttributes>());
            Errno errno = SharedMap.TryOpen(file.Descriptor, shape, file.Header.DataOffset, file.Header.DataLength, writable: true, out SharedMap? map, () => store.ReferencesOf(key));
            if (errno != Errno.None)
                return $"{ObjectSurvey.Name(key)} can't be opened: {StorageErrors.Reason(errno)}";
            using (map)
            {
                if (map is HashMap hash)
                    hash.ReleaseLocks();
            }
        }

        return null;
    }

    /// <summary>
    /// Lets the next opener take the map as one of another boot, if nobody uses it: the byte that its users hold is locked meanwhile, so none
    /// comes in between. A death after the write: the next opener makes it whole.
    /// </summary>
    private static string? TakeFromBoot(Store store, ObjectKey key, bool keepCopy)
    {
        int probe = store.Reclaimer.OpenProbe(key);
        if (probe < 0)
            return $"{ObjectSurvey.Name(key)} can't be opened: {StorageErrors.Reason((Errno)(-probe))}";
        int result = 0;
        if (OfdLock.TryExclusive(probe, OfdLock.LivenessByte) == 0
            && Posix.Stat(probe, out FileStatus status) == 0 && status.Links > 1
            && ObjectHeaderCodec.Read(probe, out ObjectHeader? header, out _) == ObjectHeaderStatus.Valid && header!.Key == key)
        {
            result = keepCopy ? Quarantine.Copy(store, probe, key.ToString()) : 0;
            // Of another boot it is already, and pages may be of different moments.
            if (result == 0 && header.BootId == CurrentBoot.Id)
                result = Posix.Write(probe, CurrentBoot.ToBeRepaired.ToByteArray(), ObjectHeaderLayout.BootIdOffset);
        }

        _ = Posix.Close(probe);
        return result < 0 ? $"{ObjectSurvey.Name(key)} can't be repaired: {StorageErrors.Reason((Errno)(-result))}" : null;
    }
}
