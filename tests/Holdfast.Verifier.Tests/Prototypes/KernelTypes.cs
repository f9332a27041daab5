using Holdfast.Btf;

namespace Holdfast.Verifier.Tests.Prototypes;

/// <summary>The running kernel's own types.</summary>
internal static class KernelTypes
{
    private const string Path = "/sys/kernel/btf/vmlinux";

    /// <summary>The graph, or null where the kernel has no BTF.</summary>
    public static BtfGraph? Graph { get; } = File.Exists(Path) ? BtfGraph.Read(File.ReadAllBytes(Path)) : null;
}
