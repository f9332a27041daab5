using Holdfast.Isa.Abi;

namespace Holdfast.Cli.Tests.Replay;

/// <summary>Whether bpf(2) may be used here, found by using it.</summary>
internal static class KernelAccess
{
    /// <summary>Why not; <see cref="Errno.None"/> if it may.</summary>
    public static Errno Refusal { get; } = Try();

    /// <summary>Whether it may.</summary>
    public static bool IsAllowed => Refusal == Errno.None;

    private static Errno Try()
    {
        using Bpf kernel = Bpf.OpenKernel();
        int map = kernel.Engine.MapCreate(MapType.Array, 4, 4, 1);
        if (map >= 0)
            kernel.Engine.Close(map);
        return map >= 0 ? Errno.None : (Errno)(-map);
    }
}
