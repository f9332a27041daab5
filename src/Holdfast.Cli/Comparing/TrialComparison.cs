using Holdfast.Isa.Abi;

namespace Holdfast.Cli.Comparing;

/// <summary>
/// Compares trials of a program. What differs between two trials of the kernel itself (times, random numbers, ids) is chance, and is not
/// compared with ours.
/// </summary>
internal static class TrialComparison
{
    /// <summary>One accepted, the other rejected.</summary>
    public static Difference OfVerdicts(Trial theirs, Trial ours) => new("verdict", Say(theirs), Say(ours));

    /// <summary>Compares runs and maps of an accepted program.</summary>
    /// <param name="theirs">The kernel's first trial.</param>
    /// <param name="again">The kernel's second trial.</param>
    /// <param name="ours">Ours.</param>
    public static IEnumerable<Difference> Of(Trial theirs, Trial again, Trial ours) => again.Outcome == LoadOutcome.Accepted
        ? Runs(theirs, again, ours).Concat(Maps(theirs, again, ours))
        : [OfVerdicts(again, ours)];

    private static string Say(Trial trial) => trial.Outcome == LoadOutcome.Accepted ? trial.Verdict : $"{trial.Verdict} ({trial.Reason})";

    private static IEnumerable<Difference> Runs(Trial theirs, Trial again, Trial ours)
    {
        for (int packet = 0; packet < theirs.Runs.Count; packet++)
        {
            TrialRun kernel = theirs.Runs[packet], second = again.Runs[packet], user = ours.Runs[packet];
            // With which error a type without a test run is refused is the affair of the tests that run on both engines.
            if (kernel.Error != Errno.None && user.Error != Errno.None)
                continue;
            if (kernel.Error != user.Error)
                yield return new($"packet {packet}: test run", Say(kernel.Error), Say(user.Error));
            else if (kernel.ReturnValue != user.ReturnValue && kernel.ReturnValue == second.ReturnValue)
                yield return new($"packet {packet}: return value", $"{kernel.ReturnValue}", $"{user.ReturnValue}");
            else if (!Hex.Same(Convert.ToHexStringLower(kernel.Data), Convert.ToHexStringLower(second.Data), Convert.ToHexStringLower(user.Data)))
                yield return new($"packet {packet}: output", Hex.Shorten(Convert.ToHexStringLower(kernel.Data)), Hex.Shorten(Convert.ToHexStringLower(user.Data)));
        }
    }

    private static string Say(Errno error) => error == Errno.None ? "ran" : error.ToString();

    private static IEnumerable<Difference> Maps(Trial theirs, Trial again, Trial ours)
    {
        foreach ((string name, MapSnapshot kernel) in theirs.Maps)
        {
            MapSnapshot second = again.Maps[name], user = ours.Maps[name];
            foreach (string key in ComparableKeys(kernel, second, user).Order(StringComparer.Ordinal))
            {
                string? expected = kernel.Entries.GetValueOrDefault(key), found = user.Entries.GetValueOrDefault(key);
                if (!Hex.Same(expected ?? "", second.Entries.GetValueOrDefault(key) ?? "", found ?? ""))
                    yield return new($"map '{name}', key {Hex.Shorten(key)}", Hex.Shorten(expected), Hex.Shorten(found));
            }
        }
    }

    /// <summary>Keys that the kernel doesn't repeat are chance, and then so may ours be that it doesn't have.</summary>
    private static IEnumerable<string> ComparableKeys(MapSnapshot kernel, MapSnapshot second, MapSnapshot user)
    {
        List<string> repeated = [.. kernel.Entries.Keys.Intersect(second.Entries.Keys)];
        bool all = repeated.Count == kernel.Entries.Count && repeated.Count == second.Entries.Count;
        return all ? repeated.Union(user.Entries.Keys) : repeated;
    }
}
