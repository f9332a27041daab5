using Holdfast.Isa.Abi;

namespace Holdfast.Verifier.Tests.Prototypes;

/// <summary>The running kernel behind the contract, for the typed calls of bpf(2).</summary>
internal sealed class RawKernel : IBpfEngine
{
    public string Name => "kernel";

    public string DefaultMount => "/sys/fs/bpf";

    public string? LastFailure => null;

    public ObjectKind KindOf(int descriptor) => ObjectKind.None;

    public int Invoke(BpfCommand command, Span<byte> attribute) => KernelOracle.Invoke(command, attribute);

    public int Close(int descriptor) => KernelOracle.Close(descriptor);

    public void Dispose()
    {
    }
}
