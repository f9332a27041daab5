using Holdfast.Execution;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps.PerCpu;
using Holdfast.Verifier;

namespace Holdfast.Userspace.Maps.PerCpu;

/// <summary>A per-CPU hash map as programs use it: each run sees the values of the slot that it holds.</summary>
internal sealed unsafe class RuntimePerCpuHash(MapDescription description, MapInstance owner, PerCpuHash hash) : RuntimeMap(description)
{
    /// <inheritdoc/>
    public override ulong Lookup(RunContext context, byte* key) => (ulong)hash.LookupPointer(context.ExecutionSlot, key);

    /// <inheritdoc/>
    public override ulong LookupPerCpu(RunContext context, byte* key, uint slot) => (ulong)hash.LookupPointer(slot, key);

    /// <inheritdoc/>
    public override long Update(RunContext context, byte* key, byte* value, ulong flags)
    {
        int result = hash.UpdateSlot(context.ExecutionSlot, key, value, (UpdateFlags)flags);
        GC.KeepAlive(owner);
        return result;
    }

    /// <inheritdoc/>
    public override long Delete(RunContext context, byte* key) => hash.Delete(key);
}
