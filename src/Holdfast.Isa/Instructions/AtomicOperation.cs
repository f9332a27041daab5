namespace Holdfast.Isa.Instructions;

/// <summary>Atomic operations: the immediate of an instruction of mode <c>BPF_ATOMIC</c>, RFC 9669 section 5.3; the last two since Linux 6.15.</summary>
public enum AtomicOperation : int
{
    /// <summary><c>BPF_ADD</c></summary>
    Add = 0x00,

    /// <summary><c>BPF_OR</c></summary>
    Or = 0x40,

    /// <summary><c>BPF_AND</c></summary>
    And = 0x50,

    /// <summary><c>BPF_XOR</c></summary>
    Xor = 0xa0,

    /// <summary><c>BPF_ADD | BPF_FETCH</c></summary>
    FetchAdd = 0x01,

    /// <summary><c>BPF_OR | BPF_FETCH</c></summary>
    FetchOr = 0x41,

    /// <summary><c>BPF_AND | BPF_FETCH</c></summary>
    FetchAnd = 0x51,

    /// <summary><c>BPF_XOR | BPF_FETCH</c></summary>
    FetchXor = 0xa1,

    /// <summary><c>BPF_XCHG</c>: includes <c>BPF_FETCH</c>.</summary>
    Xchg = 0xe1,

    /// <summary><c>BPF_CMPXCHG</c>: compares with r0, which receives the old value.</summary>
    CmpXchg = 0xf1,

    /// <summary><c>BPF_LOAD_ACQ</c></summary>
    LoadAcquire = 0x100,

    /// <summary><c>BPF_STORE_REL</c></summary>
    StoreRelease = 0x110,
}
