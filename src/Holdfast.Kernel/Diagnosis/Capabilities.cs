using System.Globalization;

namespace Holdfast.Kernel.Diagnosis;

/// <summary>What the calling process is privileged to do.</summary>
internal static class Capabilities
{
    /// <summary><c>CAP_NET_ADMIN</c></summary>
    public const int NetAdmin = 12;

    /// <summary><c>CAP_SYS_ADMIN</c></summary>
    public const int SysAdmin = 21;

    /// <summary><c>CAP_PERFMON</c></summary>
    public const int PerfMon = 38;

    /// <summary><c>CAP_BPF</c></summary>
    public const int Bpf = 39;

    /// <summary>Whether a capability is effective, or the one that holds all of them (CAP_SYS_ADMIN).</summary>
    public static bool Has(int capability)
    {
        ulong effective = Read();
        return ((effective >> capability) & 1) != 0 || ((effective >> SysAdmin) & 1) != 0;
    }

    /// <summary>The effective set of the calling thread; none if it can't be read.</summary>
    private static ulong Read()
    {
        const string Prefix = "CapEff:";
        string? line = File.ReadLines("/proc/thread-self/status").FirstOrDefault(line => line.StartsWith(Prefix, StringComparison.Ordinal));
        return line is not null && ulong.TryParse(line.AsSpan(Prefix.Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong set) ? set : 0;
    }
}
