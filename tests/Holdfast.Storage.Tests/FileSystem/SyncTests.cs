using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
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
    public void A_durable_store_is_synced_by_one_call_and_one_in_memory_by_none()
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
            Assert.Equal(["syncfs"], calls);
        }
        finally
        {
            Posix.Interceptor = null;
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
