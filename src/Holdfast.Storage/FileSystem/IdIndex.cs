using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.FileSystem;

/// <summary>
/// Ids in order. A directory has no order, so a walk by "next id" keeps a sorted copy of the names, and reads the directory
/// again only when it may have changed: walking n objects costs n log n, not n².
/// </summary>
internal sealed class IdIndex(StoreDirectories directories)
{
    // Directory times are as coarse as a timer tick; a copy made this soon after a change may have missed another.
    private const long CoarsenessInTicks = 20 * TimeSpan.TicksPerMillisecond;

    private readonly Snapshot?[] _snapshots = new Snapshot?[6];

    internal bool TryGetNext(ObjectKind kind, uint start, out uint next)
    {
        uint[] ids = Current(kind);
        int index = Array.BinarySearch(ids, start == uint.MaxValue ? start : start + 1);
        index = index < 0 ? ~index : index;
        next = index < ids.Length && start < int.MaxValue ? ids[index] : 0;
        return next != 0;
    }

    internal IReadOnlyList<uint> All(ObjectKind kind) => Current(kind);

    private uint[] Current(ObjectKind kind)
    {
        int directory = directories.Of(kind);
        if (directory < 0 || Posix.StatAt(directory, ".\0"u8, follow: false, out FileStatus status) < 0)
            return [];
        Snapshot? snapshot = Volatile.Read(ref _snapshots[(int)kind]);
        if (snapshot is not null && snapshot.Modified == status.Modified && snapshot.Settled)
            return snapshot.Ids;
        snapshot = new Snapshot(status.Modified, DateTime.UtcNow.Ticks - status.Modified > CoarsenessInTicks, Read(directory));
        Volatile.Write(ref _snapshots[(int)kind], snapshot);
        return snapshot.Ids;
    }

    private static uint[] Read(int directory)
    {
        List<uint> ids = [];
        if (DirectoryReader.TryOpen(directory, ".\0"u8, out DirectoryReader? reader) != Errno.None)
            return [];
        using (reader)
        {
            while (reader!.MoveNext())
            {
                if (ObjectKey.TryParseId(reader.Name, out uint id))
                    ids.Add(id);
            }
        }

        ids.Sort();
        return [.. ids];
    }

    private sealed record Snapshot(long Modified, bool Settled, uint[] Ids);
}
