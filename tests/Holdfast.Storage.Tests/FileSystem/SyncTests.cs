using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Maps.Snapshots;
using Holdfast.Storage.Memory;
using Holdfast.Storage.Tests.Maps;

namespace Holdfast.Storage.Tests.FileSystem;

/// <summary>What a sync promises, and how a failing device is told.</summary>
[Collection(nameof(Alone))]
public class SyncTests
{
    private const uint Entries = 500;

    [Theory]
    [InlineData(MapType.Hash)]
    [InlineData(MapType.Array)]
    public void What_was_synced_is_there_in_the_next_boot_whatever_runtime_words_say(MapType type)
    {
        using TemporaryStore temporary = Durable();
        string pin = temporary.Fs + "/m";
        Assert.True(TestMap.TryCreate(temporary.Store, type, 4, 16, Entries, MapFlags.None, out ObjectFile? file, out StorageError? error), error?.ToString());
        Assert.Null(temporary.Store.Bpffs.Pin(file!, pin));
        using (TestMap map = TestMap.Open(temporary.Store, pin))
        {
            for (uint key = 0; key < Entries; key++)
                Assert.Equal(0, map.Shared.Update(SelfVerifying.Key(key), SelfVerifying.Value(16, key, 7), UpdateFlags.Any));
        }

        file!.Dispose();
        Assert.Null(temporary.Store.Sync());

        // The next boot: the ids of maps and store are another's.
        using (FileStream image = new(pin, FileMode.Open, FileAccess.ReadWrite))
        {
            image.Position = ObjectHeaderLayout.BootIdOffset;
            image.Write(Guid.NewGuid().ToByteArray());
        }

        using Store later = temporary.Open(new StoreOptions { BootId = Guid.NewGuid() });
        using TestMap after = TestMap.Open(later, pin);
        byte[] value = new byte[16];
        for (uint key = 0; key < Entries; key++)
        {
            Assert.Equal(0, after.Shared.Lookup(SelfVerifying.Key(key), value));
            Assert.Equal(7ul, SelfVerifying.Read(value, key));
        }
    }

    [Fact]
    public void A_durable_store_is_synced_snapshots_first_and_one_in_memory_by_no_call()
    {
        Assert.SkipUnless(Directory.Exists("/dev/shm"), "needs a tmpfs at /dev/shm");
        using TemporaryStore durable = Durable();
        using TemporaryStore inMemory = new("/dev/shm");
        List<string> calls = [];
        int thread = Environment.CurrentManagedThreadId;
        Posix.Interceptor = call =>
        {
            if (Environment.CurrentManagedThreadId == thread)
                calls.Add(call);
        };
        try
        {
            Assert.Null(inMemory.Store.Sync());
            Assert.Empty(calls);
            Assert.Null(durable.Store.Sync());
            Assert.Single(calls, "syncfs");
            calls.Clear();
            Assert.True(TestMap.TryCreate(durable.Store, MapType.Hash, 4, 16, Entries, MapFlags.None, out ObjectFile? file, out _));
            using (file)
            {
                Assert.Null(durable.Store.Sync());
                calls.RemoveAll(call => call is not ("pwrite" or "syncfs"));

                // Blocks, the device, the header, the device: no header is ever there without its blocks.
                Assert.Equal(["pwrite", "syncfs", "pwrite", "syncfs"], calls[^4..]);
            }
        }
        finally
        {
            Posix.Interceptor = null;
        }
    }

    [Fact]
    public void A_sync_that_finds_no_room_says_so_and_leaves_the_snapshot_before()
    {
        using SmallTmpfs tmpfs = SmallTmpfs.MountOrSkip();
        using TemporaryStore temporary = new(tmpfs.Path, options: new StoreOptions { SweepBudget = 0, IsDurable = true });
        Assert.True(TestMap.TryCreate(temporary.Store, MapType.Hash, 4, 100, Entries, MapFlags.None, out ObjectFile? file, out _));
        using (file)
        {
            string pin = temporary.Fs + "/m";
            Assert.Null(temporary.Store.Bpffs.Pin(file!, pin));
            using TestMap map = TestMap.Open(temporary.Store, pin);
            for (uint key = 0; key < Entries; key++)
                Assert.Equal(0, map.Hash.Update(SelfVerifying.Key(key), new byte[100], UpdateFlags.Any));
            Assert.Null(temporary.Store.Sync());
            Assert.Equal(1ul, LatestOf(map));
            string filler = tmpfs.Path + "/filler";
            Fill(filler);
            Assert.Equal(0, map.Hash.Delete(SelfVerifying.Key(0)));
            StorageError? error = temporary.Store.Sync();
            Assert.Equal(Errno.ENOSPC, error?.Errno);
            Assert.Contains($"map {file!.Key.Id}", error!.Message, StringComparison.Ordinal);
            Assert.Equal(1ul, LatestOf(map));
            File.Delete(filler);
            Assert.Null(temporary.Store.Sync());
            Assert.Equal(2ul, LatestOf(map));
        }
    }

    [Fact]
    public void Syncs_at_once_take_turns_and_each_leaves_a_whole_snapshot()
    {
        using TemporaryStore temporary = new(options: new StoreOptions { SweepBudget = 0, IsDurable = true });
        Assert.True(TestMap.TryCreate(temporary.Store, MapType.Hash, 4, 100, Entries, MapFlags.None, out ObjectFile? file, out _));
        using (file)
        {
            string pin = temporary.Fs + "/m";
            Assert.Null(temporary.Store.Bpffs.Pin(file!, pin));
            using TestMap map = TestMap.Open(temporary.Store, pin);
            bool over = false;
            Thread writer = new(() =>
            {
                Random random = new(1);
                byte[] value = new byte[100];
                while (!Volatile.Read(ref over))
                {
                    // Always full, always changing: more keys pass by during a snapshot than the map may have.
                    uint key = (uint)random.Next(2 * (int)Entries);
                    if (map.Hash.Update(SelfVerifying.Key(key), value, UpdateFlags.Any) != 0)
                        _ = map.Hash.Delete(SelfVerifying.Key((uint)random.Next(2 * (int)Entries)));
                }
            });
            writer.Start();
            Parallel.For(0, 4, _ =>
            {
                using Store store = temporary.Open(new StoreOptions { SweepBudget = 0, IsDurable = true });
                using TestMap view = TestMap.Open(store, pin);
                for (int count = 0; count < 5; count++)
                {
                    // A change, so that this sync or one begun meanwhile by another writes a snapshot.
                    _ = view.Hash.Delete(SelfVerifying.Key(0));
                    while (view.Hash.Update(SelfVerifying.Key(0), new byte[100], UpdateFlags.Any) != 0)
                        _ = view.Hash.Delete(SelfVerifying.Key((uint)count));
                    Assert.Null(store.Sync());
                }
            });
            Volatile.Write(ref over, true);
            writer.Join();
            Assert.InRange(LatestOf(map) ?? 0, 5ul, 20ul);
        }
    }

    /// <summary>A map that is removed while it is synced, or whose maker was killed before its header, is no failure.</summary>
    [Fact]
    public void What_is_half_made_or_going_does_not_fail_a_sync()
    {
        using TemporaryStore temporary = new(options: new StoreOptions { SweepBudget = 0, IsDurable = true });
        Assert.True(TestMap.TryCreate(temporary.Store, MapType.Hash, 4, 16, Entries, MapFlags.None, out ObjectFile? kept, out _));
        Assert.True(TestMap.TryCreate(temporary.Store, MapType.Hash, 4, 16, Entries, MapFlags.None, out ObjectFile? going, out _));
        using (kept)
        {
            string directory = Path.GetDirectoryName(temporary.PathOf(kept!.Key))!;
            File.WriteAllBytes($"{directory}/1000", []);
            File.WriteAllBytes($"{directory}/1001", new byte[8192]);
            bool removed = false;
            Posix.Interceptor = call =>
            {
                if (call == "syncfs" && !removed)
                {
                    removed = true;
                    going!.Dispose();
                }
            };
            try
            {
                Assert.Null(temporary.Store.Sync());
            }
            finally
            {
                Posix.Interceptor = null;
            }

            Assert.True(removed);

            // The headers never came to the device: nobody's objects, which the collector frees.
            Assert.Equal(2, temporary.Store.Collector.Collect().Freed);
            Assert.Equal([kept.Key], temporary.Objects());
        }
    }

    private static ulong? LatestOf(TestMap map)
    {
        Assert.Equal(Errno.None, SnapshotAreas.TryFind(map.File.Descriptor, map.Shared.Attributes, map.Shared.EntryValueSize, out SnapshotAreas areas));
        return areas.Latest()?.Header.Sequence;
    }

    private static void Fill(string path)
    {
        using FileStream stream = new(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        byte[] page = new byte[4096];
        while (true)
        {
            try
            {
                stream.Write(page);
            }
            catch (IOException)
            {
                return;
            }
        }
    }

    private static TemporaryStore Durable()
    {
        TemporaryStore temporary = new(Path.GetTempPath(), open: false);
        if (!Store.TryOpen(temporary.StorePath, new StoreOptions(), out Store? store, out StorageError? error))
        {
            temporary.Dispose();
            Assert.Skip($"the directory of temporary files can't hold a store: {error.Message}");
        }

        bool lasts = store.Describe().Lifetime == StoreLifetime.Durable;
        store.Dispose();
        temporary.Dispose();
        Assert.SkipUnless(lasts, "the directory of temporary files is emptied by a restart");
        return new TemporaryStore(Path.GetTempPath());
    }
}
