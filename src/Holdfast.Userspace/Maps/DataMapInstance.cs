using Holdfast.Execution;
using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Maps;
using Holdfast.Storage.Maps.Bloom;
using Holdfast.Storage.Maps.Lpm;
using Holdfast.Storage.Maps.PerCpu;
using Holdfast.Storage.Maps.Perf;
using Holdfast.Storage.Maps.Queues;
using Holdfast.Storage.Maps.Rings;
using Holdfast.Storage.Maps.Stacks;
using Holdfast.Userspace.Maps.Bloom;
using Holdfast.Userspace.Maps.Lpm;
using Holdfast.Userspace.Maps.PerCpu;
using Holdfast.Userspace.Maps.Perf;
using Holdfast.Userspace.Maps.Queues;
using Holdfast.Userspace.Maps.Rings;
using Holdfast.Userspace.Maps.Stacks;
using Holdfast.Verifier;

namespace Holdfast.Userspace.Maps;

/// <summary>A map of plain values.</summary>
internal sealed class DataMapInstance(ObjectFile file, SharedMap shared, MapDescription description) : MapInstance(file, shared, description)
{
    /// <inheritdoc/>
    public override IDirectMap? DirectFor(ObjectAccess access) =>
        access == ObjectAccess.WriteOnly ? null : new DirectMap(this, Shared, mayWrite: access == ObjectAccess.ReadWrite);

    /// <summary>Opens the reading end of a ring buffer, which takes over the caller's share of the map.</summary>
    public Errno TryReadRecords(out IRecordSource? source)
    {
        source = null;
        return Shared is RingBufferMap ring ? ring.TryRead(RemoveUser, out source) : Errno.EINVAL;
    }

    /// <summary>Opens the reading end of a perf event array's buffers, which takes over the caller's share of the map.</summary>
    public Errno TryReadEvents(long size, out IRecordSource? source)
    {
        source = null;
        return Shared is PerfArrayMap events ? events.TryRead(size, RemoveUser, out source) : Errno.EINVAL;
    }

    /// <summary>Opens the writing end of a user ring buffer, which takes over the caller's share of the map.</summary>
    public Errno TryWriteRecords(out IRecordSink? sink)
    {
        sink = null;
        return Shared is UserRingMap ring ? ring.TryWrite(RemoveUser, out sink) : Errno.EINVAL;
    }

    /// <summary>Reads the values of a queue or stack, in the order in which they were pushed, and leaves them there.</summary>
    public Errno TryReadQueue(out IReadOnlyList<byte[]> values)
    {
        List<byte[]> found = [];
        values = found;
        return Shared is not QueueMap queue ? Errno.EINVAL : queue.ReadEntries((_, value) =>
        {
            found.Add(value.ToArray());
            return Errno.None;
        });
    }

    /// <summary>Maps an array's values, which takes over the caller's share of the map.</summary>
    public Errno TryMapMemory(bool writable, out IMapMemory? memory)
    {
        memory = null;
        return Shared is ArrayMap array ? array.TryMapValues(writable, RemoveUser, out memory) : Errno.ENOTSUPP;
    }

    /// <inheritdoc/>
    private protected override RuntimeMap CreateRuntime(MapDescription description) => Shared switch
    {
        ArrayMap array => new RuntimeArray(description, this, array),
        PerfArrayMap events => new RuntimePerfArray(description, this, events),
        PerCpuHash hash => new RuntimePerCpuHash(description, this, hash),
        PerCpuArray array => new RuntimePerCpuArray(description, this, array),
        RingBufferMap ring => new RuntimeRingBuffer(description, this, ring),
        UserRingMap ring => new RuntimeUserRing(description, this, ring),
        HashMap hash => new RuntimeHash(description, this, hash),
        QueueMap queue => new RuntimeQueue(description, this, queue),
        BloomMap bloom => new RuntimeBloom(description, this, bloom),
        StackTraceMap stacks => new RuntimeStackTraces(description, this, stacks),
        LpmTrie trie => new RuntimeLpm(description, this, trie),
        _ => throw new System.Diagnostics.UnreachableException($"{description.Type} maps hold no plain values"),
    };
}
