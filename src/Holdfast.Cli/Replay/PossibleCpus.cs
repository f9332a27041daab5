using System.Globalization;

namespace Holdfast.Cli.Replay;

/// <summary>
/// CPUs that the kernel keeps a slot for in per-CPU maps: more than a process may run on, and it writes them all.
/// </summary>
internal static class PossibleCpus
{
    private const string List = "/sys/devices/system/cpu/possible";

    /// <summary>Their number.</summary>
    public static int Count { get; } = Parse(File.ReadAllText(List));

    /// <summary>Numbers are dense in the file, but ranges may be several: <c>0-3,8-11</c>.</summary>
    private static int Parse(string list)
    {
        int count = 0;
        foreach (string range in list.Trim().Split(','))
        {
            int[] ends = [.. range.Split('-').Select(end => int.Parse(end, CultureInfo.InvariantCulture))];
            count += ends[^1] - ends[0] + 1;
        }

        return count;
    }
}
