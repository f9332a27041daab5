using System.Globalization;
using Holdfast.Isa.Abi;
using Holdfast.Kernel.Diagnosis;
using Holdfast.Kernel.FileSystem;
using Holdfast.Kernel.Interop;

namespace Holdfast.Kernel.Attachment;

/// <summary>Opens tracepoints and probes as events of perf_event_open(2).</summary>
internal static class Tracepoints
{
    private const uint TracepointType = 2; // PERF_TYPE_TRACEPOINT

    private static readonly string[] CustomaryPlaces = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"];

    /// <summary>Opens a tracepoint.</summary>
    public static int Open(string category, string name)
    {
        if (!IsWord(category) || !IsWord(name))
            return Failures.Of(Errno.EINVAL, $"'{category}/{name}' names no tracepoint; a category and a name are needed, as in syscalls/sys_enter_getpid");
        if (FindTraceFs() is not { } place)
            return Failures.Of(Errno.ENOENT, "no tracefs is mounted, and only it tells a tracepoint's number; mount one: mount -t tracefs tracefs /sys/kernel/tracing");
        string file = $"{place}/events/{category}/{name}/id";
        if (!File.Exists(file))
        {
            return Failures.Of(
                Errno.ENOENT,
                Directory.Exists($"{place}/events/{category}") ? $"the category {category} has no tracepoint {name}; {place}/events/{category} lists them" : $"the kernel has no category of tracepoints {category}; {place}/events lists them");
        }

        return ulong.TryParse(File.ReadAllText(file).Trim(), CultureInfo.InvariantCulture, out ulong id)
            ? OpenEvent(new ProbeEvent { Type = TracepointType, Config = id }, -1)
            : Failures.Of(Errno.EINVAL, $"{file} holds no number");
    }

    /// <summary>Opens an event of any type.</summary>
    public static int OpenEvent(ProbeEvent description, int process)
    {
        int result = description.Open(process);
        return Failures.Of(result, result switch
        {
            >= 0 => null,
            -(int)Errno.EPERM or -(int)Errno.EACCES when !Capabilities.Has(Capabilities.PerfMon) =>
                "opening events needs CAP_PERFMON, which this process lacks; run as root, or grant it",
            -(int)Errno.ENOSYS => "the running kernel has no perf_event_open(2); it wants CONFIG_PERF_EVENTS=y",
            _ => null,
        });
    }

    /// <summary>Where tracefs is mounted, or null: the customary places first, then anywhere.</summary>
    private static string? FindTraceFs() =>
        CustomaryPlaces.FirstOrDefault(place => Directory.Exists(place + "/events"))
        ?? MountTable.OfType("tracefs").Select(mount => mount.Path).FirstOrDefault(place => Directory.Exists(place + "/events"));

    private static bool IsWord(string text) => text.Length > 0 && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-');
}
