using System.Diagnostics;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;
using Holdfast.Storage.Tests.FileSystem;

namespace Holdfast.Storage.Tests.Maps.Guarantees;

/// <summary>
/// A death after each single store of each operation. What the next process finds is the state before the operation or the one after it,
/// once after always after; all of the map can be used; and the same if the machine was restarted instead.
/// </summary>
[Collection(nameof(Alone))]
public class KillPointTests(ITestOutputHelper output)
{
    public static TheoryData<string> Subjects => MapSubjects.Names;

    [Theory]
    [MemberData(nameof(Subjects))]
    public void A_death_after_any_store_leaves_a_legal_map(string name)
    {
        MapSubject subject = MapSubjects.Of(name);
        using SteppedProcess process = new(subject, $"/dev/shm/holdfast-gate-{Guid.NewGuid():N}");
        TimeSpan longest = TimeSpan.Zero;
        int stores = 0;
        foreach (string operation in subject.Operations.Keys)
        {
            using TestMap map = subject.Create();
            subject.Fill(map.Shared);
            List<byte[]> images = process.Run(map, map.Pin("m"), operation);
            stores += images.Count - 1;
            using TestMap grave = subject.Create();
            string before = Find(subject, grave, images[0], restarted: false), after = Find(subject, grave, images[^1], restarted: false);
            string last = before;
            for (int number = 0; number < images.Count; number++)
            {
                string where = $"{name}, {operation}, after store {number} of {images.Count - 1}";
                try
                {
                    string found = Find(subject, grave, images[number], restarted: false);
                    bool legal = subject.MayFollow(found, last, before, after) || (subject.ChangesInParts && IsMixture(found, before, after));
                    Assert.True(legal, $"found {found}; before {before}; after {after}; after the store before {last}");
                    last = found;
                    string restarted = Find(subject, grave, images[number], restarted: true);
                    Assert.True(!subject.OutlivesRestart || restarted == found, $"after a restart {restarted}, without one {found}");
                    TimeSpan waited = Use(subject, grave, images[number]);
                    longest = waited > longest ? waited : longest;
                }
                catch (Exception exception) when (exception is Xunit.Sdk.XunitException)
                {
                    throw new Xunit.Sdk.XunitException($"{where}: {exception.Message}");
                }
            }
        }

        output.WriteLine($"{name}: {subject.Operations.Count} operations, {process.Instructions} instructions, {stores} stores, longest wait and use {longest.TotalMilliseconds:F1} ms");
        Assert.True(stores >= 3, $"{stores} stores seen");
    }

    private static bool IsMixture(string found, string before, string after)
    {
        string[] now = found.Split(' '), old = before.Split(' '), next = after.Split(' ');
        return now.Length == old.Length && now.Length == next.Length && Enumerable.Range(0, now.Length).All(at => now[at] == old[at] || now[at] == next[at]);
    }

    private static string Find(MapSubject subject, TestMap grave, byte[] image, bool restarted)
    {
        Bury(grave, image, restarted);
        using TestMap view = grave.Again();
        return subject.Contents(view.Shared);
    }

    private static TimeSpan Use(MapSubject subject, TestMap grave, byte[] image)
    {
        Bury(grave, image, restarted: false);
        using TestMap view = grave.Again();
        long start = Stopwatch.GetTimestamp();
        subject.CheckAllUsable(view);
        return Stopwatch.GetElapsedTime(start);
    }

    /// <summary>Makes a file what a dead process left. Nobody holds the leases in it.</summary>
    private static void Bury(TestMap grave, byte[] image, bool restarted)
    {
        grave.Poke(ObjectHeaderLayout.LeaseTableOffset - ObjectHeaderLayout.DataOffset, image);
        grave.Poke(ObjectHeaderLayout.BootIdOffset - ObjectHeaderLayout.DataOffset, (restarted ? Guid.NewGuid() : CurrentBoot.Id).ToByteArray());
    }
}
