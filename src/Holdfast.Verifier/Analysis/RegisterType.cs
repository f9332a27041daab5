namespace Holdfast.Verifier.Analysis;

/// <summary>What a register holds (<c>enum bpf_reg_type</c> without its flags).</summary>
internal enum RegisterType : byte
{
    NotInitialized,
    Scalar,
    Context,
    Map,
    MapKey,
    MapValue,
    Stack,
    PacketMeta,
    Packet,
    PacketEnd,
    FlowKeys,
    Socket,
    SockCommon,
    TcpSock,
    TracepointBuffer,
    XdpSock,
    BtfObject,
    Memory,
    Arena,
    Buffer,
    Function,
    Dynptr,

    /// <summary>An iterator, in a stack slot only.</summary>
    Iterator,
}
