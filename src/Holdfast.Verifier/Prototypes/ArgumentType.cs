namespace Holdfast.Verifier.Prototypes;

/// <summary>What a helper wants of an argument (<c>enum bpf_arg_type</c> without its flags).</summary>
public enum ArgumentType : byte
{
    /// <summary>Not an argument.</summary>
    None,

    /// <summary>Any initialised value.</summary>
    Anything,

    /// <summary>A map.</summary>
    ConstMapPointer,

    /// <summary>Memory of the map's key size.</summary>
    PointerToMapKey,

    /// <summary>Memory of the map's value size.</summary>
    PointerToMapValue,

    /// <summary>Memory; its size is the next argument, or fixed.</summary>
    PointerToMemory,

    /// <summary>Size of the memory before, above zero.</summary>
    ConstSize,

    /// <summary>Size of the memory before, zero allowed.</summary>
    ConstSizeOrZero,

    /// <summary>Constant size of the memory that the helper returns.</summary>
    ConstAllocSizeOrZero,

    /// <summary>The context.</summary>
    PointerToContext,

    /// <summary>A <c>bpf_spin_lock</c> in a map value.</summary>
    PointerToSpinLock,

    /// <summary>Any socket.</summary>
    PointerToSockCommon,

    /// <summary>A full socket.</summary>
    PointerToSocket,

    /// <summary>A BTF-typed kernel object.</summary>
    PointerToBtfId,

    /// <summary>A BTF-typed socket, or any socket.</summary>
    PointerToBtfIdSockCommon,

    /// <summary>A per-CPU BTF-typed variable.</summary>
    PointerToPerCpuBtfId,

    /// <summary>A reserved ring buffer record.</summary>
    PointerToRingBufMemory,

    /// <summary>A function of the program.</summary>
    PointerToFunction,

    /// <summary>Any place on the stack.</summary>
    PointerToStack,

    /// <summary>A constant string in a read-only map.</summary>
    PointerToConstString,

    /// <summary>A <c>bpf_timer</c> in a map value.</summary>
    PointerToTimer,

    /// <summary>A kptr field.</summary>
    KptrExchangeDestination,

    /// <summary>A dynptr.</summary>
    PointerToDynptr,
}
