using System.Diagnostics;
using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;

namespace Holdfast.Storage.Tests.FileSystem.Lifetime;

/// <summary>
/// Real processes live at random in one store, each killed at some system call, while this one collects. Afterwards exactly what is
/// pinned is there, with what it refers to. HOLDFAST_LIFETIME_ROUNDS lengthens the test.
/// </summary>
[Collection(nameof(Alone))]
public class LifetimeProcessTests
{
    private const int Processes = 3;

    [Fact]
    public void Whoever_is_killed_wherever_exactly_the_live_objects_remain()
    {
        int rounds = int.TryParse(Environment.GetEnvironmentVariable("HOLDFAST_LIFETIME_ROUNDS"), out int wanted) ? wanted : 6;
        using TemporaryStore temporary = new();
        using ObjectFile held = temporary.CreateMap("held");
        Random random = new(1);
        int kept = 0;
        for (int round = 0; round < rounds; round++)
        {
            Process[] processes = [.. Enumerable.Range(0, Processes).Select(index => Child.Start(
                nameof(ChildScenarios.LiveAtRandom), temporary.StorePath, $"{(round * Processes) + index}", $"{8_000 + random.Next(8_000)}"))];
            while (!processes.All(process => process.HasExited))
                Assert.Null(temporary.Store.Collector.Collect(StoreContents.Read).WhyNot);
            Assert.All(processes, process => Assert.Equal(128 + 9, Child.Finish(process).Exit));
            kept += CheckExact(temporary, held.Key);
        }

        Assert.True(kept > 0, "no process left a pin behind: nothing was tested");
    }

    private static int CheckExact(TemporaryStore temporary, ObjectKey held)
    {
        CollectorStatistics done = temporary.Store.Collector.Collect(StoreContents.Read);
        Assert.Null(done.WhyNot);
        Assert.False(done.WasBusy);
        HashSet<ObjectKey> live = [held];
        Dictionary<string, ObjectKey> pins = StoreContents.Pins(temporary.Fs);
        Stack<ObjectKey> open = new(pins.Values);
        while (open.TryPop(out ObjectKey key))
        {
            if (!live.Add(key))
                continue;
            foreach (ObjectKey target in temporary.Store.ReferencesOf(key))
                open.Push(target);
            Assert.NotNull(StoreContents.HeaderOf(temporary.PathOf(key)));
        }

        Assert.Equal(live.Order(Comparer<ObjectKey>.Create(Compare)), temporary.Objects());
        return pins.Count;
    }

    private static int Compare(ObjectKey a, ObjectKey b) => a.Kind != b.Kind ? a.Kind.CompareTo(b.Kind) : a.Id.CompareTo(b.Id);
}
