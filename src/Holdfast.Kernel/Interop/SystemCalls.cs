using System.Runtime.InteropServices;

namespace Holdfast.Kernel.Interop;

/// <summary>Numbers of system calls without a wrapper in the C library: x86-64's, and those of the generic table that arm64 uses.</summary>
internal static class SystemCalls
{
    /// <summary><c>__NR_bpf</c></summary>
    public static nint Bpf { get; } = Choose(321, 280);

    /// <summary><c>__NR_perf_event_open</c></summary>
    public static nint PerfEventOpen { get; } = Choose(298, 241);

    /// <summary><c>__NR_renameat2</c></summary>
    public static nint Rename { get; } = Choose(316, 276);

    private static nint Choose(int x64, int generic) => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => x64,
        Architecture.Arm64 => generic,
        var other => throw new PlatformNotSupportedException($"The numbers of system calls are not known on {other}."),
    };
}
