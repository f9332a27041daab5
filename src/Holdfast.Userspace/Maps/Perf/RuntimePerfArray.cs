using Holdfast.Execution;
using Holdfast.Storage.Maps.Perf;
using Holdfast.Verifier;

namespace Holdfast.Userspace.Maps.Perf;

/// <summary>A perf event array as programs use it.</summary>
internal sealed unsafe class RuntimePerfArray(MapDescription description, MapInstance owner, PerfArrayMap events) : RuntimeMap(description)
{
    /// <inheritdoc/>
    public override ulong Lookup(RunContext context, byte* key) => 0;

    /// <summary>Writes a record of three parts (<c>__bpf_perf_event_output</c>).</summary>
    public long Output(uint index, uint slot, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, ReadOnlySpan<byte> third)
    {
        int result = events.Output(index, slot, first, second, third);
        GC.KeepAlive(owner);
        return result;
    }
}
