namespace Holdfast.Isa.Abi;

/// <summary>A record read in place.</summary>
/// <param name="data">Its bytes.</param>
/// <param name="cpu">The CPU that it was written on; -1 where the buffer doesn't tell.</param>
/// <param name="lost">Records lost just before for want of room; such a report carries no data.</param>
public readonly ref struct SourceRecord(ReadOnlySpan<byte> data, int cpu, ulong lost)
{
    /// <summary>Its bytes.</summary>
    public ReadOnlySpan<byte> Data { get; } = data;

    /// <summary>The CPU that it was written on; -1 where the buffer doesn't tell.</summary>
    public int Cpu { get; } = cpu;

    /// <summary>Records lost just before for want of room; such a report carries no data.</summary>
    public ulong Lost { get; } = lost;
}
