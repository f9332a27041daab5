using System.Diagnostics;
using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Tests.FileSystem;

/// <summary>A process is killed before each of its system calls; then a collector run leaves exactly the live objects.</summary>
public class KillTests
{
    [Theory]
    [InlineData("create")]
    [InlineData("create-program")]
    [InlineData("pin")]
    [InlineData("unpin")]
    [InlineData("close")]
    [InlineData("close-program")]
    [InlineData("replace")]
    [InlineData("mount")]
    public void A_kill_between_any_two_system_calls_leaks_nothing(string operation)
    {
        int points = 0;
        for (bool finished = false; !finished; points++)
        {
            using TemporaryStore temporary = new();
            (int exit, string output) = Child.Run(nameof(ChildScenarios.DieWithin), points.ToString(), temporary.StorePath, operation);
            Assert.Equal(128 + 9, exit);
            finished = output.Length > 0;
            CheckAfterwards(temporary, operation, points);
        }

        // An operation without system calls would make this test empty.
        Assert.True(points > 2, $"{operation}: {points} points");
    }

    private static void CheckAfterwards(TemporaryStore temporary, string operation, int point)
    {
        CollectorStatistics statistics = temporary.Store.Collector.Collect(LinkContents(temporary));
        HashSet<ObjectKey> live = [];
        foreach (string name in new[] { "keep", "maybe" })
        {
            string pin = $"{temporary.Fs}/{name}";
            if (!File.Exists(pin))
                continue;
            using ObjectFile file = TemporaryStore.Get(temporary.Store, pin);
            AddReachable(temporary.Store, file.Key, live);
        }

        string where = $"{operation} killed before call {point}: {statistics}";
        Assert.True(live.SetEquals(temporary.Objects()), $"{where}; live {string.Join(' ', live)}, there {string.Join(' ', temporary.Objects())}");
        foreach (string referrer in Directory.EnumerateDirectories(temporary.StorePath + "/refs").Select(path => Path.GetFileName(path)!))
            Assert.Contains(live, key => key.ToString() == referrer);

        // A link's program is there whatever happened.
        foreach (ObjectKey link in live.Where(key => key.Kind == ObjectKind.Link))
            Assert.Equal([ProgramOf(temporary, link)], temporary.Store.ReferencesOf(link));

        // And the store works on.
        using ObjectFile map = temporary.CreateMap();
        Assert.DoesNotContain(map.Key, live);
        Assert.Null(temporary.Store.Bpffs.Pin(map, temporary.Fs + "/after"));
        string mounted = temporary.Root + "/mounted";
        if (Directory.Exists(mounted) && !File.Exists(mounted + "/.bpffs"))
            Assert.Null(temporary.Store.Bpffs.Mount(mounted, new MountOptions()));
    }

    private static void AddReachable(Store store, ObjectKey key, HashSet<ObjectKey> live)
    {
        if (!live.Add(key))
            return;
        foreach (ObjectKey target in store.ReferencesOf(key))
            AddReachable(store, target, live);
    }

    private static ReferenceReader LinkContents(TemporaryStore temporary) =>
        referrer => referrer.Kind == ObjectKind.Link ? new HashSet<ObjectKey> { ProgramOf(temporary, referrer) } : null;

    private static ObjectKey ProgramOf(TemporaryStore temporary, ObjectKey link)
    {
        using FileStream stream = File.OpenRead(temporary.PathOf(link));
        Assert.Equal(ObjectHeaderStatus.Valid, ObjectHeaderCodec.Read((int)stream.SafeFileHandle.DangerousGetHandle(), out ObjectHeader? header, out _));
        return new ObjectKey(ObjectKind.Program, (uint)header!.KindWord(LinkObjectAttributes.ProgramWord));
    }
}
