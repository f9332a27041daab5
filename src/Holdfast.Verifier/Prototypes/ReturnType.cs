namespace Holdfast.Verifier.Prototypes;

/// <summary>What a helper returns (<c>enum bpf_return_type</c> without its flags).</summary>
public enum ReturnType : byte
{
    /// <summary>A number.</summary>
    Integer,

    /// <summary>Nothing: r0 can't be read afterwards.</summary>
    Void,

    /// <summary>A value of the map argument.</summary>
    PointerToMapValue,

    /// <summary>A full socket.</summary>
    PointerToSocket,

    /// <summary>A TCP socket.</summary>
    PointerToTcpSocket,

    /// <summary>Any socket.</summary>
    PointerToSockCommon,

    /// <summary>Memory whose size the argument <see cref="ArgumentType.ConstAllocSizeOrZero"/> gives.</summary>
    PointerToMemory,

    /// <summary>Memory, or an object, of the BTF type of the per-CPU argument.</summary>
    PointerToMemoryOrBtfId,

    /// <summary>A BTF-typed kernel object.</summary>
    PointerToBtfId,
}
