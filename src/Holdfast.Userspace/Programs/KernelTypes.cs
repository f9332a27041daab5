using Holdfast.Btf;

namespace Holdfast.Userspace.Programs;

/// <summary>The running kernel's types, read at first need: programs of typed kinds are verified against them.</summary>
internal static class KernelTypes
{
    private const string Path = "/sys/kernel/btf/vmlinux";

    private static readonly Lazy<BtfGraph?> RunningKernel = new(Read);

    /// <summary>The types, or <see langword="null"/> where the kernel has none to tell.</summary>
    public static BtfGraph? Running => RunningKernel.Value;

    private static BtfGraph? Read()
    {
        if (!File.Exists(Path))
            return null;
        return BtfGraph.TryRead(File.ReadAllBytes(Path), null, out BtfGraph? graph, out _) ? graph : null;
    }
}
