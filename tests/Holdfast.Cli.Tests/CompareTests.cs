using Holdfast.Cli.Comparing;
using Holdfast.Isa.Abi;

namespace Holdfast.Cli.Tests;

/// <summary><c>holdfast compare</c>: what counts as a difference, and that the sample has none.</summary>
public sealed class CompareTests
{
    private static readonly Trial Kernel = Accepted("kernel", Run(2, 0xaa), ("01", "1000000000000000ff"), ("02", "05"));

    [Fact]
    public void TheSampleDoesTheSameInBothEngines()
    {
        using UserOrKernel kernel = new("kernel");
        CommandResult result = kernel.Store.Run("compare", TemporaryStore.Sample("flow_stats.bpf.o"), "--json");
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Equal("accepted", result.Json["programs"]![0]!["kernel"]!.GetValue<string>());
        Assert.Equal("accepted", result.Json["programs"]![0]!["user"]!.GetValue<string>());
        Assert.Equal(64, result.Json["programs"]![0]!["runs"]!.GetValue<int>());
        kernel.Store.Run("compare", "/etc/hostname").Failed(1, "no program was compared");
    }

    [Fact]
    public void TheSameIsNoDifference() =>
        Assert.Empty(TrialComparison.Of(Kernel, Kernel, Kernel with { Engine = "user" }));

    [Fact]
    public void ResultsOutputsAndMapsAreCompared()
    {
        Trial user = Accepted("user", new TrialRun(Errno.None, 1, [0xbb]), ("01", "1000000000000000fe"), ("03", "05"));
        Assert.Equal(
            ["packet 0: return value", "map 'm', key 01", "map 'm', key 02", "map 'm', key 03"],
            TrialComparison.Of(Kernel, Kernel, user).Select(difference => difference.What));
        user = Accepted("user", Run(2, 0xbb), ("01", "1000000000000000ff"), ("02", "05"));
        Assert.Equal(["packet 0: output"], TrialComparison.Of(Kernel, Kernel, user).Select(difference => difference.What));
        user = Kernel with { Runs = [new TrialRun(Errno.EINVAL, 0, [])] };
        Assert.Equal(["packet 0: test run"], TrialComparison.Of(Kernel, Kernel, user).Select(difference => difference.What));
    }

    [Fact]
    public void WhatTheKernelDoesNotRepeatIsChance()
    {
        Trial again = Accepted("kernel", Run(7, 0xcc), ("01", "2000000000000000ff"), ("02", "05"));
        Trial user = Accepted("user", Run(9, 0xdd), ("01", "3000000000000000ff"), ("02", "05"));
        Assert.Empty(TrialComparison.Of(Kernel, again, user));

        // The second word of the value is the same in both of the kernel's trials.
        user = Accepted("user", Run(9, 0xdd), ("01", "3000000000000000fe"), ("02", "05"));
        Assert.Equal(["map 'm', key 01"], TrialComparison.Of(Kernel, again, user).Select(difference => difference.What));
    }

    private static TrialRun Run(uint returned, byte output) => new(Errno.None, returned, [output]);

    private static Trial Accepted(string engine, TrialRun run, params (string Key, string Value)[] entries) => new(engine, LoadOutcome.Accepted)
    {
        Runs = [run],
        Maps = new Dictionary<string, MapSnapshot> { ["m"] = new(entries.ToDictionary(entry => entry.Key, entry => entry.Value)) },
    };
}
