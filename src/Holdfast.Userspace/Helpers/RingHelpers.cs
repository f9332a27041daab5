using Holdfast.Execution;
using Holdfast.Isa.Abi;
using Holdfast.Userspace.Maps.Rings;

namespace Holdfast.Userspace.Helpers;

/// <summary>Helpers of ring buffers that don't belong to a map alone (kernel/bpf/ringbuf.c). Records are found by their address among those that the run reserved.</summary>
internal static unsafe class RingHelpers
{
    /// <summary><c>bpf_ringbuf_submit(data, flags)</c></summary>
    public static ulong Submit(RunContext context, ulong record, ulong flags, ulong r3, ulong r4, ulong r5)
    {
        context.TakeRecord(record)?.Commit(record, flags, discard: false);
        return 0;
    }

    /// <summary><c>bpf_ringbuf_discard(data, flags)</c></summary>
    public static ulong Discard(RunContext context, ulong record, ulong flags, ulong r3, ulong r4, ulong r5)
    {
        context.TakeRecord(record)?.Commit(record, flags, discard: true);
        return 0;
    }

    /// <summary><c>bpf_ringbuf_reserve_dynptr(ringbuf, size, flags, ptr)</c></summary>
    public static ulong ReserveDynptr(RunContext context, ulong map, ulong size, ulong flags, ulong pointer, ulong r5)
    {
        // The verifier proved the dynptr's slots. Without a record it is null, and has to be submitted or discarded all the same.
        Dynptr* dynptr = (Dynptr*)pointer;
        *dynptr = default;
        if (flags != 0)
            return HelperError.InvalidArgument;
        if ((uint)size > Dynptr.LargestSize)
            return HelperError.TooBig;
        ulong record = RuntimeMap.FromHandle(map) is { } ring ? ring.Reserve(context, (uint)size, 0) : 0;
        if (record == 0)
            return HelperError.InvalidArgument;
        *dynptr = new Dynptr { Data = record, Size = (uint)size };
        return 0;
    }

    /// <summary><c>bpf_ringbuf_submit_dynptr(ptr, flags)</c></summary>
    public static ulong SubmitDynptr(RunContext context, ulong pointer, ulong flags, ulong r3, ulong r4, ulong r5) =>
        Finish(context, (Dynptr*)pointer, flags, discard: false);

    /// <summary><c>bpf_ringbuf_discard_dynptr(ptr, flags)</c></summary>
    public static ulong DiscardDynptr(RunContext context, ulong pointer, ulong flags, ulong r3, ulong r4, ulong r5) =>
        Finish(context, (Dynptr*)pointer, flags, discard: true);

    /// <summary><c>bpf_user_ringbuf_drain(map, callback_fn, ctx, flags)</c>: the number of samples handed over.</summary>
    public static ulong Drain(RunContext context, ulong map, ulong callback, ulong callbackContext, ulong flags, ulong r5) =>
        RuntimeMap.FromHandle(map) is RuntimeUserRing ring
            ? (ulong)ring.Drain(context, RunContext.ResolveCallback(callback), callbackContext, flags)
            : HelperError.InvalidArgument;

    public static HelperTable AddTo(HelperTable table) => table
        .With(HelperId.RingbufSubmit, &Submit)
        .With(HelperId.RingbufDiscard, &Discard)
        .With(HelperId.RingbufReserveDynptr, &ReserveDynptr)
        .With(HelperId.RingbufSubmitDynptr, &SubmitDynptr)
        .With(HelperId.RingbufDiscardDynptr, &DiscardDynptr)
        .With(HelperId.UserRingbufDrain, &Drain);

    private static ulong Finish(RunContext context, Dynptr* dynptr, ulong flags, bool discard)
    {
        if (dynptr->Data == 0)
            return 0;
        context.TakeRecord(dynptr->Data)?.Commit(dynptr->Data, flags, discard);
        *dynptr = default;
        return 0;
    }
}
