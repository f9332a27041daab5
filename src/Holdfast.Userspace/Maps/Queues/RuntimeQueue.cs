using Holdfast.Execution;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps.Queues;
using Holdfast.Verifier;

namespace Holdfast.Userspace.Maps.Queues;

/// <summary>A queue or stack as programs use it.</summary>
internal sealed unsafe class RuntimeQueue(MapDescription description, MapInstance owner, QueueMap queue) : RuntimeMap(description)
{
    /// <inheritdoc/>
    public override ulong Lookup(RunContext context, byte* key) => 0;

    /// <inheritdoc/>
    public override long Push(RunContext context, byte* value, ulong flags)
    {
        int result = queue.Push(value, (UpdateFlags)flags);
        GC.KeepAlive(owner);
        return result;
    }

    /// <inheritdoc/>
    public override long Pop(RunContext context, byte* value) => queue.Pop(value);

    /// <inheritdoc/>
    public override long Peek(RunContext context, byte* value) => queue.Peek(value);
}
