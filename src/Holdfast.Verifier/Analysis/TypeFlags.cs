namespace Holdfast.Verifier.Analysis;

/// <summary>Flags of a register's type (<c>enum bpf_type_flag</c>).</summary>
[Flags]
internal enum TypeFlags : ushort
{
    None = 0,
    MaybeNull = 1 << 0,
    ReadOnly = 1 << 1,
    RingBuf = 1 << 2,
    User = 1 << 3,
    PerCpu = 1 << 4,
    Rcu = 1 << 5,
    Untrusted = 1 << 6,
    Trusted = 1 << 7,
    Allocated = 1 << 8,
    NonOwning = 1 << 9,

    /// <summary>A part of a packet that was cut out of a dynptr: gone when the packet moves.</summary>
    PacketSlice = 1 << 10,
}
