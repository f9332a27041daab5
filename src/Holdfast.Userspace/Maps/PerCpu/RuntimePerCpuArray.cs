using Holdfast.Execution;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps.PerCpu;
using Holdfast.Userspace.Helpers;
using Holdfast.Verifier;

namespace Holdfast.Userspace.Maps.PerCpu;

/// <summary>A per-CPU array as programs use it: each run sees the values of the slot that it holds.</summary>
internal sealed unsafe class RuntimePerCpuArray(MapDescription description, MapInstance owner, PerCpuArray array) : RuntimeMap(description), IVisitableMap
{
    /// <inheritdoc/>
    public override ulong Lookup(RunContext context, byte* key) => (ulong)array.LookupPointer(context.ExecutionSlot, key);

    /// <inheritdoc/>
    public override ulong LookupPerCpu(RunContext context, byte* key, uint slot) => (ulong)array.LookupPointer(slot, key);

    /// <inheritdoc/>
    public override long Update(RunContext context, byte* key, byte* value, ulong flags)
    {
        int result = array.UpdateSlot(context.ExecutionSlot, key, value, (UpdateFlags)flags);
        GC.KeepAlive(owner);
        return result;
    }

    /// <inheritdoc/>
    public override long Delete(RunContext context, byte* key) => -(long)Errno.EINVAL;

    /// <inheritdoc/>
    public ulong Visit(RunContext context, CallbackEntry function, ulong callbackContext) =>
        LoopHelpers.VisitArray(context, this, Description.MaxEntries, function, callbackContext);

    /// <inheritdoc/>
    public override bool TryGetArrayView(out ArrayView view)
    {
        bool may = array.TryGetView(out Storage.Maps.ArrayView memory);
        view = new ArrayView
        {
            Base = memory.Elements,
            Stride = memory.Stride,
            MaxEntries = memory.MaxEntries,
            Slots = (uint)array.Slots,
            SlotStride = (ulong)array.SlotStride,
            ReadyChunks = memory.ReadyChunks,
            ChunkShift = memory.ChunkShift,
        };
        return may;
    }
}
