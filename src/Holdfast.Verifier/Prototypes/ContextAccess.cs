namespace Holdfast.Verifier.Prototypes;

/// <summary>A granted access to the context.</summary>
public readonly record struct ContextAccess
{
    /// <summary>What a load gives.</summary>
    public required ContextFieldKind Kind { get; init; }

    /// <summary>Whether a pointer that was loaded may be null.</summary>
    public bool MaybeNull { get; init; }

    /// <summary>A socket that is trusted, or a value with other flags of the kernel's access rule.</summary>
    public bool IsTrusted { get; init; }

    /// <summary>Kernel type of a BTF-typed pointer (id in the kernel's BTF), or 0.</summary>
    public uint BtfTypeId { get; init; }

    /// <summary>A BTF-typed pointer into user memory (type tag <c>user</c>): loads through it need a helper.</summary>
    public bool IsUserMemory { get; init; }

    /// <summary>A BTF-typed pointer to a per-CPU object (type tag <c>percpu</c>).</summary>
    public bool IsPerCpu { get; init; }

    /// <summary>The return value of the hook (LSM): a number within the hook's own range.</summary>
    public bool IsReturnValue { get; init; }

    /// <summary>Bytes behind a <see cref="ContextFieldKind.Memory"/> pointer.</summary>
    public int MemorySize { get; init; }

    /// <summary>Whether the loaded number is known to be sign-extended or in a narrower range; 0 if unknown.</summary>
    public int ValueBits { get; init; }

    /// <summary>
    /// Offset of the 8-byte pointer slot to load from, relative to the context pointer; -1 if the access needs no lowering:
    /// a number, or an 8-byte field that holds its pointer itself.
    /// </summary>
    public int PointerSlotOffset { get; init; }

    /// <summary>
    /// Bytes that a store keeps, where the kernel's own field is narrower than the visible one (<c>__sk_buff.tc_index</c> is
    /// 16 bits): lower the store to this size. 0: as it is.
    /// </summary>
    public int StoreSize { get; init; }
}
