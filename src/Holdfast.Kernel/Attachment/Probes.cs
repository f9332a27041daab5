using System.Globalization;
using Holdfast.Isa.Abi;
using Holdfast.Kernel.Diagnosis;

namespace Holdfast.Kernel.Attachment;

/// <summary>Opens probes of functions of the kernel (kprobe) and of files (uprobe).</summary>
internal static class Probes
{
    private const string Sources = "/sys/bus/event_source/devices";

    /// <summary>Opens a probe.</summary>
    public static int Open(ProbePoint point)
    {
        string kind = point.InFile ? "uprobe" : "kprobe";
        if (!TryReadNumber($"{Sources}/{kind}/type", "", out uint type))
        {
            return Failures.Of(
                Errno.EOPNOTSUPP, $"the running kernel can't open a {kind} as an event ({Sources}/{kind} is missing); it wants CONFIG_{kind.ToUpperInvariant()}_EVENTS=y");
        }

        uint onReturn = 0;
        if (point.OnReturn && !TryReadNumber($"{Sources}/{kind}/format/retprobe", "config:", out onReturn))
            return Failures.Of(Errno.EOPNOTSUPP, $"the running kernel's {kind} events don't say how to probe a return");
        if (point.InFile && !File.Exists(point.Target))
            return Failures.Of(Errno.ENOENT, $"there is no file {point.Target} to probe");
        ProbeEvent description = new()
        {
            Type = type,
            Config = point.OnReturn ? 1ul << (int)onReturn : 0,
            Text = point.InFile ? Path.GetFullPath(point.Target) : point.Target,
            Offset = point.Offset,
        };
        int result = Tracepoints.OpenEvent(description, point.InFile ? point.Process : -1);
        return result == -(int)Errno.ENOENT && !point.InFile
            ? Failures.Of(result, $"the kernel has no function {point.Target} that can be probed; /proc/kallsyms lists its functions")
            : result;
    }

    private static bool TryReadNumber(string path, string prefix, out uint number)
    {
        number = 0;
        string text = File.Exists(path) ? File.ReadAllText(path).Trim() : "";
        return text.StartsWith(prefix, StringComparison.Ordinal) && uint.TryParse(text.AsSpan(prefix.Length), CultureInfo.InvariantCulture, out number);
    }
}
