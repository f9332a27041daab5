using Holdfast.Isa.Abi;
using Holdfast.Storage;
using Holdfast.Storage.FileSystem;
using Holdfast.Userspace.Maps;
using Holdfast.Userspace.Objects;

namespace Holdfast.Userspace;

/// <content>Records between programs and user space, and arrays mapped into it.</content>
public sealed partial class UserspaceEngine : IRecordSourceEngine, IMapMemoryEngine
{
    /// <inheritdoc/>
    public int OpenRing(int map, out IRecordSource? source)
    {
        source = null;
        int result = TryShareMap(map, out DataMapInstance? shared);
        if (result < 0)
            return result;
        return Opened(shared!.TryReadRecords(out source), shared, "no ring buffer", "reader");
    }

    /// <inheritdoc/>
    public int OpenUserRing(int map, out IRecordSink? sink)
    {
        sink = null;
        int result = TryShareMap(map, out DataMapInstance? shared);
        if (result < 0)
            return result;
        return Opened(shared!.TryWriteRecords(out sink), shared, "no user ring buffer", "writer");
    }

    /// <inheritdoc/>
    public int OpenPerf(int map, int entries, int pages, out IRecordSource? source)
    {
        source = null;
        int result = TryShareMap(map, out DataMapInstance? shared);
        if (result < 0)
            return result;
        Errno failure = shared!.TryReadEvents((long)pages * Environment.SystemPageSize, out source);
        return Opened(failure, shared, $"no perf event array, or {pages} pages is no power of two", "reader");
    }

    /// <inheritdoc/>
    public int MapMemory(int map, bool writable, out IMapMemory? memory)
    {
        memory = null;
        Failures.Clear();
        if (!_state.Descriptors.TryGet(map, out DescriptorEntry? entry, out StorageError? error) || !_state.Maps.TryShare(map, out MapInstance? shared, out error))
            return Failures.Of(error);
        ObjectAccess access = entry.File.Access;
        Errno failure = shared is not DataMapInstance values ? Errno.ENOTSUPP
            : access == ObjectAccess.WriteOnly || (writable && access == ObjectAccess.ReadOnly) ? Errno.EACCES
            : access == ObjectAccess.ReadOnly ? Errno.EINVAL // as the kernel, to whom a mapping through such a descriptor is not a shared one
            : values.TryMapMemory(writable, out memory);
        if (failure == Errno.None)
            return 0;
        shared.RemoveUser();
        return Failures.Of(failure, failure switch
        {
            Errno.ENOTSUPP => "only arrays of plain values can be mapped; rings have their readers and writers",
            Errno.EACCES => "a mapping needs a descriptor with its rights, and for writing a map without BPF_F_RDONLY_PROG",
            Errno.EPERM => "the map is frozen, or being frozen: its values can be mapped for reading only",
            Errno.EINVAL => "the array was not made with BPF_F_MMAPABLE, or the descriptor was opened for reading only: open it for both, also to map it for reading",
            _ => $"the values of map {shared.Key.Id} can't be mapped",
        });
    }

    /// <summary>A share of a map whose descriptor allows both reading and writing: an end of a ring does both.</summary>
    private int TryShareMap(int descriptor, out DataMapInstance? map)
    {
        map = null;
        Failures.Clear();
        if (!_state.Descriptors.TryGet(descriptor, out DescriptorEntry? entry, out StorageError? error)
            || !_state.Maps.TryShare(descriptor, out MapInstance? shared, out error))
        {
            return Failures.Of(error);
        }

        map = shared as DataMapInstance;
        if (map is not null && entry.File.Access == ObjectAccess.ReadWrite)
            return 0;
        shared.RemoveUser();
        return map is null
            ? Failures.Of(Errno.EINVAL, $"map {shared.Key.Id} holds no records")
            : Failures.Of(Errno.EPERM, "records need a descriptor that may read and write: both ends of a ring move its positions");
    }

    /// <summary>The answer; an end that was not opened did not take its share of the map.</summary>
    private static int Opened(Errno failure, DataMapInstance map, string mismatch, string user)
    {
        if (failure == Errno.None)
            return 0;
        map.RemoveUser();
        return Failures.Of(failure, failure switch
        {
            Errno.EINVAL => $"map {map.Key.Id} is {mismatch}",
            Errno.EBUSY => $"map {map.Key.Id} has a {user} already, in this process or another, and takes one at a time",
            Errno.E2BIG => "a buffer has at most 4 MiB",
            _ => $"map {map.Key.Id} can't be opened for records",
        });
    }
}
