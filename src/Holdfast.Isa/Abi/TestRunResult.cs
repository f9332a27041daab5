namespace Holdfast.Isa.Abi;

/// <summary>What BPF_PROG_TEST_RUN tells.</summary>
/// <param name="ReturnValue">The program's return value.</param>
/// <param name="DataSize">Size of the packet afterwards in bytes, also where the output buffer was too small (<see cref="Errno.ENOSPC"/>).</param>
/// <param name="ContextSize">Size of the context afterwards in bytes.</param>
/// <param name="Duration">Mean time of one run in nanoseconds.</param>
public readonly record struct TestRunResult(uint ReturnValue, uint DataSize, uint ContextSize, uint Duration);
