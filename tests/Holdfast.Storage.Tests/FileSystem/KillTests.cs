using System.Diagnostics;
using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Hooks;
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
    [InlineData("replace-pin")]
    [InlineData("replace-pin-by-itself")]
    [InlineData("create-hook")]
    [InlineData("link-create")]
    [InlineData("link-update")]
    [InlineData("link-detach")]
    [InlineData("link-close")]
    [InlineData("link-unpin")]
    [InlineData("close-hook")]
    [InlineData("mount")]
    [InlineData("remount")]
    [InlineData("unmount")]
    [InlineData("collect")]
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
        CollectorStatistics statistics = temporary.Store.Collector.Collect(LinkContents);
        HashSet<ObjectKey> live = [];
        CheckMounts(temporary, operation);
        string mounted = KillOperations.MountOf(temporary.Store);
        foreach (string pin in new[] { temporary.Fs + "/keep", temporary.Fs + "/maybe", mounted + "/deep/m" })
        {
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
            CheckLink(temporary, link, where);
        CheckHooks(temporary, live, where);

        // And the store works on.
        using ObjectFile map = temporary.CreateMap();
        Assert.DoesNotContain(map.Key, live);
        Assert.Null(temporary.Store.Bpffs.Pin(map, temporary.Fs + "/after"));
        if (Directory.Exists(mounted) && !File.Exists(mounted + "/.bpffs"))
            Assert.Null(temporary.Store.Bpffs.Mount(mounted, new BpffsOptions()));
    }

    /// <summary>A link refers to its program, and while an update has not come to its end to the next one as well.</summary>
    private static void CheckLink(TemporaryStore temporary, ObjectKey link, string where)
    {
        ObjectHeader header = HeaderOf(temporary, link);
        Assert.True(LinkContents(header, -1)!.SetEquals(temporary.Store.ReferencesOf(link)), $"{where}: {link} refers to {string.Join(' ', temporary.Store.ReferencesOf(link))}");
    }

    /// <summary>A hook's list has links that live, each with a program that it refers to; and it can be changed on.</summary>
    private static void CheckHooks(TemporaryStore temporary, HashSet<ObjectKey> live, string where)
    {
        foreach (ObjectKey key in live.Where(key => key.Kind == ObjectKind.Hook).ToArray())
        {
            Assert.True(temporary.Store.TryOpenById(key, ObjectAccess.ReadWrite, out ObjectFile? hook, out _));
            using (hook)
            {
                foreach (HookSlot slot in HookLinks.Read(hook, out _))
                {
                    ObjectKey link = new(ObjectKind.Link, slot.Link), program = new(ObjectKind.Program, slot.Program);
                    Assert.True(live.Contains(link) && temporary.Store.ReferencesOf(link).Contains(program), $"{where}: {link} with {program} is in the list of {key}");
                    CheckUpdate(temporary, link);
                }
            }
        }
    }

    /// <summary>The next update leaves no trace of one that was killed.</summary>
    private static void CheckUpdate(TemporaryStore temporary, ObjectKey key)
    {
        using ObjectFile next = TemporaryStore.Create(temporary.Store, TemporaryStore.Program());
        Assert.True(temporary.Store.TryOpenById(key, ObjectAccess.ReadOnly, out ObjectFile? link, out _));
        using (link)
        {
            Assert.Null(HookLinks.Update(temporary.Store, link, next, null));
            Assert.True(HookLinks.TryFind(temporary.Store, link, out uint program));
            Assert.Equal(next.Key.Id, program);
        }

        Assert.Equal([next.Key], temporary.Store.ReferencesOf(key));
    }

    /// <summary>A mount is there as a whole, with its old options or its new ones, or not at all: then nothing is left of it, in the store or below it.</summary>
    private static void CheckMounts(TemporaryStore temporary, string operation)
    {
        string mounted = KillOperations.MountOf(temporary.Store);
        MountInfo? mount = temporary.Store.Bpffs.Mounts.SingleOrDefault(candidate => candidate.Path == mounted);
        Assert.Equal(mount is null ? 1 : 2, Directory.EnumerateFiles(temporary.StorePath + "/mounts").Count());
        if (mount is null)
        {
            Assert.True(!Directory.Exists(mounted) || !Directory.EnumerateFileSystemEntries(mounted).Any(), operation);
            return;
        }

        Assert.True(temporary.Store.Bpffs.TryFindMount(mounted, out _));
        Assert.Contains(mount.Options.Mode!.Value, operation == "remount" ? [0x1C0u, 0x1E8u] : new[] { 0x1C0u });
        Assert.Equal(operation == "unmount", File.Exists(mounted + "/deep/m"));
    }

    private static void AddReachable(Store store, ObjectKey key, HashSet<ObjectKey> live)
    {
        if (!live.Add(key))
            return;
        foreach (ObjectKey target in store.ReferencesOf(key))
            AddReachable(store, target, live);
    }

    private static HashSet<ObjectKey>? LinkContents(ObjectHeader referrer, int descriptor) =>
        referrer.Key.Kind != ObjectKind.Link ? null
        : [.. new[] { LinkObjectAttributes.ProgramWord, LinkObjectAttributes.NextProgramWord }.Select(referrer.KindWord).Where(id => id != 0).Select(id => new ObjectKey(ObjectKind.Program, (uint)id))];

    private static ObjectHeader HeaderOf(TemporaryStore temporary, ObjectKey link)
    {
        using FileStream stream = File.OpenRead(temporary.PathOf(link));
        Assert.Equal(ObjectHeaderStatus.Valid, ObjectHeaderCodec.Read((int)stream.SafeFileHandle.DangerousGetHandle(), out ObjectHeader? header, out _));
        return header!;
    }
}
