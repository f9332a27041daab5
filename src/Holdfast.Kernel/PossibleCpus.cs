using System.Globalization;

namespace Holdfast.Kernel;

/// <summary>The CPUs that this machine may ever have, which is how many values per-CPU maps keep: more than are online.</summary>
internal static class PossibleCpus
{
    private static readonly Lazy<int> Counted = new(() => CountOf(File.ReadAllText("/sys/devices/system/cpu/possible")));

    /// <summary>Their number.</summary>
    public static int Count => Counted.Value;

    /// <summary>Counts a list such as <c>0-3,8-11</c>: 8, as <c>num_possible_cpus</c> does, not 12.</summary>
    internal static int CountOf(string list)
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
