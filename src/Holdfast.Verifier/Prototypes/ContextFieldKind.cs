namespace Holdfast.Verifier.Prototypes;

/// <summary>What a load of a context field gives.</summary>
public enum ContextFieldKind : byte
{
    /// <summary>A number.</summary>
    Scalar,

    /// <summary>Start of the packet (<c>data</c>).</summary>
    PacketData,

    /// <summary>End of the packet (<c>data_end</c>).</summary>
    PacketEnd,

    /// <summary>Start of the packet's metadata (<c>data_meta</c>).</summary>
    PacketMeta,

    /// <summary>A full socket.</summary>
    Socket,

    /// <summary>Any socket.</summary>
    SockCommon,

    /// <summary>Flow keys.</summary>
    FlowKeys,

    /// <summary>A BTF-typed kernel object.</summary>
    BtfPointer,

    /// <summary>Memory of known size (host-defined types).</summary>
    Memory,

    /// <summary>The buffer of a writable tracepoint (<c>PTR_TO_TP_BUFFER</c>).</summary>
    TracepointBuffer,

    /// <summary>A read-only buffer (<c>PTR_TO_BUF | MEM_RDONLY</c>: an iterator's map key).</summary>
    ReadOnlyBuffer,

    /// <summary>A buffer (<c>PTR_TO_BUF</c>: an iterator's map value).</summary>
    Buffer,
}
