using Holdfast.Isa.Abi;
using Holdfast.Verifier;

namespace Holdfast.Execution;

/// <summary>
/// A map as running programs use it. Keys and values are addresses that the verifier proved to be readable for the map's
/// sizes. Methods return 0 or a negated errno, allocate nothing and do not throw. They are called by any thread at any time.
/// A type that is <see langword="sealed"/> lets the JIT call its methods directly.
/// </summary>
public abstract unsafe class RuntimeMap
{
    private static readonly HandleTable<RuntimeMap> Handles = new();

    /// <summary>Registers the map.</summary>
    /// <param name="description">The description that the program was verified with.</param>
    protected RuntimeMap(MapDescription description)
    {
        Description = description;
        Handle = Handles.Register(this);
    }

    /// <summary>Gives the number back.</summary>
    ~RuntimeMap() => Handles.Release(Handle);

    /// <summary>What the verifier knows of the map.</summary>
    public MapDescription Description { get; }

    /// <summary>What stands for the map in registers: a number of this process, never 0, never an address.</summary>
    public ulong Handle { get; }

    /// <summary>The map behind a register's value.</summary>
    /// <param name="handle">The value.</param>
    /// <returns>The map, or <see langword="null"/> if the value is no live handle.</returns>
    public static RuntimeMap? FromHandle(ulong handle) => Handles.TryResolve(handle, out RuntimeMap? map) ? map : null;

    /// <summary>
    /// <c>bpf_map_lookup_elem</c>: the address of the value, valid for the whole run, or 0. A map of maps gives the inner map's
    /// <see cref="Handle"/>.
    /// </summary>
    /// <param name="context">The running thread's context (its execution slot selects the element of per-CPU maps).</param>
    /// <param name="key">The key.</param>
    /// <returns>Address, handle or 0.</returns>
    public abstract ulong Lookup(RunContext context, byte* key);

    /// <summary><c>bpf_map_update_elem</c></summary>
    /// <param name="context">The running thread's context.</param>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <param name="flags">BPF_ANY, BPF_NOEXIST, BPF_EXIST, BPF_F_LOCK.</param>
    /// <returns>0 or a negated errno.</returns>
    public virtual long Update(RunContext context, byte* key, byte* value, ulong flags) => -(long)Errno.EOPNOTSUPP;

    /// <summary><c>bpf_map_delete_elem</c></summary>
    /// <param name="context">The running thread's context.</param>
    /// <param name="key">The key.</param>
    /// <returns>0 or a negated errno.</returns>
    public virtual long Delete(RunContext context, byte* key) => -(long)Errno.EOPNOTSUPP;

    /// <summary><c>bpf_map_push_elem</c></summary>
    /// <param name="context">The running thread's context.</param>
    /// <param name="value">The value.</param>
    /// <param name="flags">BPF_ANY or BPF_EXIST.</param>
    /// <returns>0 or a negated errno.</returns>
    public virtual long Push(RunContext context, byte* value, ulong flags) => -(long)Errno.EOPNOTSUPP;

    /// <summary><c>bpf_map_pop_elem</c></summary>
    /// <param name="context">The running thread's context.</param>
    /// <param name="value">Receives the value.</param>
    /// <returns>0 or a negated errno.</returns>
    public virtual long Pop(RunContext context, byte* value) => -(long)Errno.EOPNOTSUPP;

    /// <summary><c>bpf_map_peek_elem</c></summary>
    /// <param name="context">The running thread's context.</param>
    /// <param name="value">Receives the value.</param>
    /// <returns>0 or a negated errno.</returns>
    public virtual long Peek(RunContext context, byte* value) => -(long)Errno.EOPNOTSUPP;

    /// <summary><c>bpf_map_lookup_percpu_elem</c></summary>
    /// <param name="context">The running thread's context.</param>
    /// <param name="key">The key.</param>
    /// <param name="slot">The execution slot whose element is wanted.</param>
    /// <returns>Address or 0.</returns>
    public virtual ulong LookupPerCpu(RunContext context, byte* key, uint slot) => 0;

    /// <summary><c>bpf_ringbuf_output</c></summary>
    /// <param name="context">The running thread's context.</param>
    /// <param name="data">The record's bytes.</param>
    /// <param name="size">How many.</param>
    /// <param name="flags">BPF_RB_NO_WAKEUP, BPF_RB_FORCE_WAKEUP.</param>
    /// <returns>0 or a negated errno.</returns>
    public virtual long Output(RunContext context, byte* data, ulong size, ulong flags) => -(long)Errno.EOPNOTSUPP;

    /// <summary><c>bpf_ringbuf_reserve</c></summary>
    /// <param name="context">The running thread's context, which is told of the record.</param>
    /// <param name="size">Bytes.</param>
    /// <param name="flags">None.</param>
    /// <returns>The record's address, valid until it is committed, or 0.</returns>
    public virtual ulong Reserve(RunContext context, ulong size, ulong flags) => 0;

    /// <summary><c>bpf_ringbuf_query</c></summary>
    /// <param name="context">The running thread's context.</param>
    /// <param name="what">BPF_RB_AVAIL_DATA and its kind.</param>
    /// <returns>The number.</returns>
    public virtual ulong Query(RunContext context, ulong what) => 0;

    /// <summary>
    /// Start of the single value that <c>lddw</c> of a map value points into; its memory must be reserved. Null for maps
    /// that the verifier does not allow there.
    /// </summary>
    public virtual byte* ValueBase => null;

    /// <summary>The map's memory, if lookups may be inlined (plain arrays). Asked once, when a program is prepared.</summary>
    /// <param name="view">The memory.</param>
    /// <returns>Whether there is a view.</returns>
    public virtual bool TryGetArrayView(out ArrayView view)
    {
        view = default;
        return false;
    }
}
