using System.Text.RegularExpressions;
using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;

namespace Holdfast;

/// <summary>What <c>__kconfig</c> symbols may ask that no configuration tells: libbpf's virtual <c>LINUX_*</c> values.</summary>
internal static partial class KernelFacts
{
    /// <summary>The value as a configuration would have it, or null.</summary>
    public static string? ValueOf(string name, IBpfEngine engine) => name switch
    {
        "LINUX_KERNEL_VERSION" => $"{VersionCode(Environment.OSVersion.Version, ReadFirst("/proc/version_signature") ?? ReadFirst("/proc/sys/kernel/version") ?? "")}",
        "LINUX_HAS_BPF_COOKIE" => HasCookie(engine) ? "y" : "n",
        "LINUX_HAS_SYSCALL_WRAPPER" => HasSyscallWrapper() ? "y" : "n",
        _ => null,
    };

    /// <summary>
    /// <c>KERNEL_VERSION(a, b, c)</c>. Ubuntu and Debian release names keep the third number of the first kernel of a series
    /// (<c>6.1.0-28-amd64</c>); what runs is told elsewhere (<c>Debian 6.1.119-1</c>).
    /// </summary>
    internal static uint VersionCode(Version release, string description)
    {
        Version version = DistributionVersion().Match(description) is { Success: true } match ? Version.Parse(match.Groups[1].Value) : release;
        return ((uint)version.Major << 16) | ((uint)version.Minor << 8) | (uint)Math.Clamp(version.Build, 0, 255);
    }

    private static bool HasCookie(IBpfEngine engine)
    {
        Instruction[] code = [Insn.Call(HelperId.GetAttachCookie), Insn.Exit()];
        ProgLoadRequest request = new() { Type = ProgramType.Tracepoint, Instructions = code };
        int program = engine.ProgLoad(request, out _);
        if (program < 0)
            return false;
        engine.Close(program);
        return true;
    }

    /// <summary>Since 4.17 system calls take <c>struct pt_regs *</c>, in functions named for the architecture.</summary>
    private static bool HasSyscallWrapper() =>
        KernelSymbolNames.Any(["__x64_sys_bpf", "__arm64_sys_bpf", "__s390x_sys_bpf", "__riscv_sys_bpf"]);

    private static string? ReadFirst(string path) => File.Exists(path) ? File.ReadAllText(path) : null;

    [GeneratedRegex(@"(?:Debian |^Ubuntu \S+ )(\d+\.\d+\.\d+)")]
    private static partial Regex DistributionVersion();
}
