using System.Globalization;

namespace Holdfast.Userspace.Helpers;

/// <summary>Most frames of a stack: the kernel's <c>kernel.perf_event_max_stack</c>, as it was when this process first asked.</summary>
internal static class StackLimit
{
    private const string Setting = "/proc/sys/kernel/perf_event_max_stack";
    private const int Usual = 127; // PERF_MAX_STACK_DEPTH

    private static readonly Lazy<int> Read = new(static () =>
        File.Exists(Setting) && int.TryParse(File.ReadAllText(Setting).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int frames) ? frames : Usual);

    public static int Frames => Read.Value;
}
