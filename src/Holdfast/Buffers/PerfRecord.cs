namespace Holdfast;

/// <summary>A record of a perf buffer, or the report that some were lost.</summary>
/// <param name="Cpu">The CPU that it was written on.</param>
/// <param name="Data">Its bytes; the kernel may have added up to 7 bytes of padding.</param>
/// <param name="Lost">Above zero: this many records found no room just here, and <paramref name="Data"/> is empty.</param>
public readonly record struct PerfRecord(int Cpu, ReadOnlyMemory<byte> Data, ulong Lost);
