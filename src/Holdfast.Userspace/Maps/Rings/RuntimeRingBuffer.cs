using Holdfast.Execution;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps.Rings;
using Holdfast.Verifier;

namespace Holdfast.Userspace.Maps.Rings;

/// <summary>A ring buffer as programs use it.</summary>
internal sealed unsafe class RuntimeRingBuffer(MapDescription description, MapInstance owner, RingBufferMap ring) : RuntimeMap(description), IRecordOwner
{
    /// <inheritdoc/>
    public override ulong Lookup(RunContext context, byte* key) => 0;

    /// <inheritdoc/>
    public override long Output(RunContext context, byte* data, ulong size, ulong flags)
    {
        // Safe: the verifier proved so many bytes to be readable.
        int result = ring.Output(data, size, flags);
        GC.KeepAlive(owner);
        return result;
    }

    /// <inheritdoc/>
    public override ulong Reserve(RunContext context, ulong size, ulong flags)
    {
        byte* record = flags == 0 ? ring.Reserve(size) : null;
        if (record != null)
            context.AddRecord((ulong)record, (int)size, this);
        return (ulong)record;
    }

    /// <inheritdoc/>
    public override ulong Query(RunContext context, ulong what) => ring.Query(what);

    /// <inheritdoc/>
    public void Commit(ulong record, ulong flags, bool discard) => ring.Commit((byte*)record, flags, discard);
}
