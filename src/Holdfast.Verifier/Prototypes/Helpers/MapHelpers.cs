using static Holdfast.Isa.Abi.HelperId;
using static Holdfast.Verifier.Prototypes.HelperNotation;

namespace Holdfast.Verifier.Prototypes;

/// <summary>Helpers on maps, ring buffers, timers, locks and kptrs (kernel/bpf/helpers.c, kernel/bpf/ringbuf.c).</summary>
internal static class MapHelpers
{
    public static HelperPrototype[] Basic { get; } =
    [
        Row(MapLookupElem, MapValueOrNull, [Map, Key], Packet),
        Row(MapUpdateElem, [Map, Key, Value, Any], Packet),
        Row(MapDeleteElem, [Map, Key], Packet),
        Row(MapPushElem, [Map, Value, Any], Packet),
        Row(MapPopElem, [Map, OutValue]),
        Row(MapPeekElem, [Map, OutValue]),
        Row(MapLookupPercpuElem, MapValueOrNull, [Map, Key, Any], Packet),
        Row(TailCall, Nothing, [Ctx, Map, Any], Moves),
        Row(RingbufOutput, [Map, In, SizeOrZero, Any]),
        Row(RingbufReserve, new(ReturnType.PointerToMemory, ReturnFlags.MaybeNull | ReturnFlags.RingBuf | ReturnFlags.Acquires), [Map, AllocSize, Any]),
        Row(RingbufSubmit, Nothing, [Record, Any]),
        Row(RingbufDiscard, Nothing, [Record, Any]),
        Row(RingbufQuery, [Map, Any]),
    ];

    public static HelperPrototype[] Advanced { get; } =
    [
        Row(Isa.Abi.HelperId.SpinLock, Nothing, [LockField]),
        Row(SpinUnlock, Nothing, [LockField]),
        Row(TimerInit, [TimerField, Map, Any], Gpl),
        Row(TimerSetCallback, [TimerField, Callback], Gpl),
        Row(TimerStart, [TimerField, Any, Any], Gpl),
        Row(TimerCancel, [TimerField], Gpl),
        Row(KptrXchg, new(ReturnType.PointerToBtfId, ReturnFlags.MaybeNull | ReturnFlags.Acquires), [Kptr, new(ArgumentType.PointerToBtfId, ArgumentFlags.MaybeNull | ArgumentFlags.Releases)]),
        Row(ForEachMapElem, [Map, Callback, StackOrNull, Any]),
        Row(UserRingbufDrain, [Map, Callback, StackOrNull, Any]),
        Row(RingbufReserveDynptr, [Map, Any, Any, NewRingDynptr]),
        Row(RingbufSubmitDynptr, Nothing, [RingDynptr, Any]),
        Row(RingbufDiscardDynptr, Nothing, [RingDynptr, Any]),
        Row(DynptrFromMem, [Out, SizeOrZero, Any, NewLocalDynptr]),
        Row(DynptrRead, [Out, SizeOrZero, Dynptr, Any, Any]),
        Row(DynptrWrite, [Dynptr, Any, In, SizeOrZero, Any]),
        Row(DynptrData, new(ReturnType.PointerToMemory, ReturnFlags.MaybeNull), [Dynptr, Any, AllocSize]),
        Row(CgrpStorageGet, MapValueOrNull, [Map, KernelOrNull("cgroup"), ValueOrNull, Any]),
        Row(CgrpStorageDelete, [Map, KernelOrNull("cgroup")]),
        Row(TaskStorageGet, MapValueOrNull, [Map, KernelOrNull("task_struct"), ValueOrNull, Any]),
        Row(TaskStorageDelete, [Map, KernelOrNull("task_struct")]),
        Row(CurrentTaskUnderCgroup, [Map, Any]),
    ];
}
