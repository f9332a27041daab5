using Holdfast.Isa.Abi;

namespace Holdfast.Execution;

/// <summary>The map helpers: each finds the map behind r1 and calls its method.</summary>
public static unsafe class MapHelpers
{
    /// <summary><c>bpf_map_lookup_elem(map, key)</c></summary>
    public static ulong Lookup(RunContext context, ulong map, ulong key, ulong r3, ulong r4, ulong r5) =>
        RuntimeMap.FromHandle(map) is { } found ? found.Lookup(context, (byte*)key) : 0;

    /// <summary><c>bpf_map_update_elem(map, key, value, flags)</c></summary>
    public static ulong Update(RunContext context, ulong map, ulong key, ulong value, ulong flags, ulong r5) =>
        RuntimeMap.FromHandle(map) is { } found ? (ulong)found.Update(context, (byte*)key, (byte*)value, flags) : Stale;

    /// <summary><c>bpf_map_delete_elem(map, key)</c></summary>
    public static ulong Delete(RunContext context, ulong map, ulong key, ulong r3, ulong r4, ulong r5) =>
        RuntimeMap.FromHandle(map) is { } found ? (ulong)found.Delete(context, (byte*)key) : Stale;

    /// <summary><c>bpf_map_push_elem(map, value, flags)</c></summary>
    public static ulong Push(RunContext context, ulong map, ulong value, ulong flags, ulong r4, ulong r5) =>
        RuntimeMap.FromHandle(map) is { } found ? (ulong)found.Push(context, (byte*)value, flags) : Stale;

    /// <summary><c>bpf_map_pop_elem(map, value)</c></summary>
    public static ulong Pop(RunContext context, ulong map, ulong value, ulong r3, ulong r4, ulong r5) =>
        RuntimeMap.FromHandle(map) is { } found ? (ulong)found.Pop(context, (byte*)value) : Stale;

    /// <summary><c>bpf_map_peek_elem(map, value)</c></summary>
    public static ulong Peek(RunContext context, ulong map, ulong value, ulong r3, ulong r4, ulong r5) =>
        RuntimeMap.FromHandle(map) is { } found ? (ulong)found.Peek(context, (byte*)value) : Stale;

    /// <summary><c>bpf_map_lookup_percpu_elem(map, key, cpu)</c></summary>
    public static ulong LookupPerCpu(RunContext context, ulong map, ulong key, ulong cpu, ulong r4, ulong r5) =>
        RuntimeMap.FromHandle(map) is { } found ? found.LookupPerCpu(context, (byte*)key, (uint)cpu) : 0;

    /// <summary><c>bpf_ringbuf_output(ringbuf, data, size, flags)</c></summary>
    public static ulong Output(RunContext context, ulong map, ulong data, ulong size, ulong flags, ulong r5) =>
        RuntimeMap.FromHandle(map) is { } found ? (ulong)found.Output(context, (byte*)data, size, flags) : Stale;

    /// <summary><c>bpf_ringbuf_reserve(ringbuf, size, flags)</c></summary>
    public static ulong Reserve(RunContext context, ulong map, ulong size, ulong flags, ulong r4, ulong r5) =>
        RuntimeMap.FromHandle(map) is { } found ? found.Reserve(context, size, flags) : 0;

    /// <summary><c>bpf_ringbuf_query(ringbuf, flags)</c></summary>
    public static ulong Query(RunContext context, ulong map, ulong what, ulong r3, ulong r4, ulong r5) =>
        RuntimeMap.FromHandle(map) is { } found ? found.Query(context, what) : 0;

    private static ulong Stale => unchecked((ulong)-(long)Errno.EINVAL);

    internal static HelperTable AddTo(HelperTable table) => table
        .With(HelperId.MapLookupElem, &Lookup)
        .With(HelperId.MapUpdateElem, &Update)
        .With(HelperId.MapDeleteElem, &Delete)
        .With(HelperId.MapPushElem, &Push)
        .With(HelperId.MapPopElem, &Pop)
        .With(HelperId.MapPeekElem, &Peek)
        .With(HelperId.MapLookupPercpuElem, &LookupPerCpu)
        .With(HelperId.RingbufOutput, &Output)
        .With(HelperId.RingbufReserve, &Reserve)
        .With(HelperId.RingbufQuery, &Query);
}
