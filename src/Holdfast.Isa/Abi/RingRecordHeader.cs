namespace Holdfast.Isa.Abi;

/// <summary>The first four bytes before each record of a ring buffer (<c>struct bpf_ringbuf_hdr</c>): length and two marks.</summary>
/// <param name="word">The bytes as they stand.</param>
public readonly struct RingRecordHeader(uint word)
{
    /// <summary>Bytes of a header: its word, and the offset of its page, which is the kernel's affair.</summary>
    public const int Size = 8;

    private const uint BusyBit = 1u << 31;
    private const uint DiscardBit = 1u << 30;

    /// <summary>Reserved and not yet submitted: this record and those behind it have to be waited for.</summary>
    public bool IsBusy => (word & BusyBit) != 0;

    /// <summary>Reserved and given up: to be passed over.</summary>
    public bool IsDiscarded => (word & DiscardBit) != 0;

    /// <summary>Bytes of the record.</summary>
    public uint Length => word & ~(BusyBit | DiscardBit);

    /// <summary>Bytes from this header to the next: records start at multiples of 8.</summary>
    public uint Stride => (Length + Size + 7) & ~7u;
}
