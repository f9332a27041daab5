namespace Holdfast.Kernel;

/// <summary>The CPUs that this machine may ever have, which is how many values per-CPU maps keep.</summary>
internal static class PossibleCpus
{
    private static readonly Lazy<int> Counted = new(Read);

    /// <summary>One more than the highest number.</summary>
    public static int Count => Counted.Value;

    /// <summary>Reads e.g. <c>0-3,5</c>: the last number decides.</summary>
    private static int Read()
    {
        string text = File.ReadAllText("/sys/devices/system/cpu/possible").Trim();
        return int.Parse(text.Split('-', ',')[^1]) + 1;
    }
}
