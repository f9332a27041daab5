using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace Holdfast.Execution;

/// <summary>
/// What a thread needs to run programs: made once, used for any number of runs, one at a time. Helpers get it as first argument;
/// hosts derive from it to carry what their helpers need (a packet, a task, a clock).
/// </summary>
public unsafe class RunContext
{
    /// <summary>Most tail calls in one run, <c>MAX_TAIL_CALL_CNT</c>.</summary>
    public const int MaximumTailCalls = 33;

    // Fields, since generated code reads and writes them.
    internal int TailCalls;
    internal nint CurrentContextPointer;
    internal ExecutableProgram? CurrentProgram;
    internal int HeldSlot = -1;
    private SlotSource? _slots;
    private bool _keepsSlot;
    private Interpreter.CheckedRun? _checks;
    private object? _held;
    private HashSet<object>? _heldBefore;
    private (ulong Address, IRecordOwner Owner)[] _records = [];
    private int _recordCount;

    /// <summary>The program that runs now: after a tail call the one called last.</summary>
    public ExecutableProgram? Program => CurrentProgram;

    /// <summary>r1 of the current run.</summary>
    public nint ContextPointer => CurrentContextPointer;

    /// <summary>Tail calls made so far in the current run.</summary>
    public int TailCallCount => TailCalls;

    /// <summary>
    /// The execution slot: what programs see as their CPU. A run takes it from its engine when it first asks for it, and gives it back
    /// at its end; where the engine has none it is 0. A host without an engine can set it once and for all.
    /// </summary>
    public uint ExecutionSlot
    {
        get => HeldSlot >= 0 ? (uint)HeldSlot : TakeSlot();
        init
        {
            HeldSlot = (int)value;
            _keepsSlot = true;
        }
    }

    /// <summary>A run of runs begins, which share the slot that the first to want one takes: until <see cref="ReleaseSlot"/>, by the same thread.</summary>
    public void KeepSlot() => _keepsSlot = true;

    /// <summary>
    /// Gives back the slot that was kept, to whoever waits for it; the next run takes one again. To be called now and then between runs, as
    /// the kernel looks whether it must reschedule.
    /// </summary>
    public void YieldSlot()
    {
        if (_slots is not null)
            LeaveSlot();
    }

    /// <summary>Ends <see cref="KeepSlot"/>.</summary>
    public void ReleaseSlot()
    {
        YieldSlot();
        _keepsSlot = HeldSlot >= 0; // a slot that was set stays
    }

    /// <summary>Start of the packet that <c>ld_abs</c> and <c>ld_ind</c> read, or null.</summary>
    public byte* PacketData { get; set; }

    /// <summary>Bytes at <see cref="PacketData"/>.</summary>
    public int PacketLength { get; set; }

    /// <summary>Anything of the host's.</summary>
    public object? Host { get; set; }

    /// <summary>An address on the thread's stack where the host's frames end and the engine's begin; 0 if the host gave none.</summary>
    public nint HostFrame { get; set; }

    /// <summary>
    /// Instructions that interpreters with <see cref="Interpreter.InterpreterOptions.Budgeted"/> may still run; the run that
    /// exhausts it ends with <see cref="BudgetExhaustedException"/>. Not touched by other engines.
    /// </summary>
    public long InstructionBudget { get; set; } = long.MaxValue;

    /// <summary>The memory that checked interpreters let programs touch besides their stack.</summary>
    public MemoryRegions? Memory { get; set; }

    /// <summary>
    /// A legacy packet load (<c>bpf_skb_load_helper_*</c>). The default reads from <see cref="PacketData"/>; hosts whose packets have
    /// more parts, or that know header offsets (negative offsets from <c>SKF_NET_OFF</c> and <c>SKF_LL_OFF</c>), override it.
    /// </summary>
    /// <param name="offset">Offset in the packet, in bytes.</param>
    /// <param name="size">1, 2 or 4.</param>
    /// <param name="value">The value in host order (packets are big-endian).</param>
    /// <returns>Whether the packet has it; if not, the program ends with 0.</returns>
    public virtual bool TryLoadPacket(int offset, int size, out uint value)
    {
        value = 0;
        if (offset < 0 || offset > PacketLength - size)
        {
            return false;
        }

        // In bounds as checked above; the host vouches for PacketData and PacketLength during the run.
        for (int i = 0; i < size; i++)
        {
            value = (value << 8) | PacketData[offset + i];
        }

        return true;
    }

    /// <summary>The function behind a callback register (<c>PTR_TO_FUNC</c>), for helpers that call it often.</summary>
    /// <param name="callback">The register's value.</param>
    /// <returns>The function; it must not be kept longer than the program.</returns>
    public static CallbackEntry ResolveCallback(ulong callback) =>
        CallbackSlot.FromHandle(callback)?.Entry ?? throw new UnreachableException($"no callback {callback:x}");

    /// <summary>Calls the function behind a callback register.</summary>
    /// <param name="callback">The register's value.</param>
    /// <param name="r1">First argument.</param>
    /// <param name="r2">Second argument.</param>
    /// <param name="r3">Third argument.</param>
    /// <param name="r4">Fourth argument.</param>
    /// <param name="r5">Fifth argument.</param>
    /// <returns>r0 at the function's exit.</returns>
    public ulong InvokeCallback(ulong callback, ulong r1, ulong r2 = 0, ulong r3 = 0, ulong r4 = 0, ulong r5 = 0) =>
        ResolveCallback(callback)(this, r1, r2, r3, r4, r5);

    /// <summary>Ends the current run from within a helper, whatever its depth (<c>bpf_throw</c>). Slow, and it allocates.</summary>
    /// <param name="result">r0 of the run.</param>
    [DoesNotReturn]
    public void Unwind(ulong result) => throw new ProgramUnwindException(this, result);

    /// <summary>Notes a record that the program reserved, which it submits or discards before it ends (the verifier's promise).</summary>
    /// <param name="record">Its address.</param>
    /// <param name="size">Its bytes.</param>
    /// <param name="owner">Where it came from.</param>
    public void AddRecord(ulong record, int size, IRecordOwner owner)
    {
        if (_recordCount == _records.Length)
        {
            Array.Resize(ref _records, Math.Max(4, _recordCount * 2));
        }

        _records[_recordCount++] = (record, owner);
        AllowMemory(record, size);
    }

    /// <summary>Finds where a reserved record came from, once.</summary>
    /// <param name="record">Its address.</param>
    /// <returns>Where; <see langword="null"/> if this run reserved no such record.</returns>
    public IRecordOwner? TakeRecord(ulong record)
    {
        for (int i = _recordCount - 1; i >= 0; i--)
        {
            if (_records[i].Address == record)
            {
                IRecordOwner owner = _records[i].Owner;
                _records[i] = _records[--_recordCount];
                return owner;
            }
        }

        return null;
    }

    /// <summary>Lets a checked run touch memory that a helper just gave it.</summary>
    /// <param name="start">Its address.</param>
    /// <param name="length">Bytes.</param>
    public void AllowMemory(ulong start, int length) => _checks?.AddValue(start, length);

    /// <summary>State of instrumented runs, made when first needed.</summary>
    internal Interpreter.CheckedRun Checks => _checks ??= new();

    /// <summary>Keeps an object alive until the next run begins: what a register stands for by number only.</summary>
    /// <param name="target">The object.</param>
    public void Hold(object target)
    {
        if (!ReferenceEquals(_held, target))
            HoldFurther(target);
    }

    /// <summary>The outermost run ends.</summary>
    internal void EndRun()
    {
        if (HeldSlot >= 0 && !_keepsSlot)
            LeaveSlot();
    }

    /// <summary>A tail call may have gone to a program that needs a slot from one that doesn't: so whoever asks first takes it.</summary>
    private uint TakeSlot()
    {
        if (CurrentProgram?.Program.Slots is not { } slots)
            return 0;
        HeldSlot = slots.Enter();
        _slots = slots;
        return (uint)HeldSlot;
    }

    private void LeaveSlot()
    {
        HeldSlot = -1;
        _slots!.Exit();
        _slots = null;
    }

    internal void Begin(ExecutableProgram program, nint contextPointer)
    {
        if (_held is not null)
            LetGo();
        TailCalls = 0;
        _recordCount = 0;
        CurrentContextPointer = contextPointer;

        // Storing a reference costs a write barrier; most runs repeat the last program.
        if (!ReferenceEquals(CurrentProgram, program))
        {
            CurrentProgram = program;
        }
    }

    /// <summary>Allocates only when a run holds more different objects than any before.</summary>
    private void HoldFurther(object target)
    {
        if (_held is not null)
            (_heldBefore ??= new(ReferenceEqualityComparer.Instance)).Add(_held);
        _held = target;
    }

    private void LetGo()
    {
        _held = null;
        _heldBefore?.Clear();
    }
}
