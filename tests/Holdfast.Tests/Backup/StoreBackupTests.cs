using Holdfast.Isa.Abi;
using Holdfast.Storage.Backup;
using Holdfast.Tests.Checking;

namespace Holdfast.Tests.Backup;

/// <summary>A store is copied while it is used; the copy is a store of its own, and everything in it works.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class StoreBackupTests
{
    [Fact]
    public void ABackupHoldsEverythingThatHasAName()
    {
        using FilledStore store = new();
        Directory.CreateDirectory(store.Pin("team/inner"));
        using (Bpf bpf = store.Open())
        {
            using BpfMap shut = bpf.CreateMap(MapType.Hash, 4, 4, 10, MapFlags.ReadOnlyProgram, "shut");
            shut.Update(new byte[4], new byte[4]);
            shut.Freeze();
            shut.Pin(store.Pin("team/inner/shut"));
            shut.Pin(store.Pin("shut"));
            using BpfMap unnamed = bpf.CreateMap(MapType.Hash, 4, 4, 10);
            File.SetUnixFileMode(store.Pin("shut"), UnixFileMode.UserRead | UnixFileMode.GroupRead);
            File.SetUnixFileMode(store.Pin("team"), UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.UserWrite | UnixFileMode.GroupExecute);
            File.CreateSymbolicLink(store.Pin("alias"), "numbers");
            File.WriteAllText(store.Pin("notes"), "not ours");
            BackupReport report = bpf.Store!.Backup(store.Root + "/copy");
            Assert.Equal((1, 1), (report.Programs, report.LeftOut));
            Assert.Equal(bpf.MapIds().Count() - 1, report.Maps);
        }

        Assert.Equal([], BpfStore.Check(store.Root + "/copy").Findings);
        Assert.NotEqual(FilledStore.Read(store.Path + "/store")[40..56], FilledStore.Read(store.Root + "/copy/store")[40..56]);
        store.Works();
        string pins = store.Root + "/copy/fs/";
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.GroupRead, File.GetUnixFileMode(pins + "shut"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.UserWrite | UnixFileMode.GroupExecute, File.GetUnixFileMode(pins + "team"));
        Assert.Equal("numbers", new FileInfo(pins + "alias").LinkTarget);
        Assert.False(File.Exists(pins + "notes"));
        using Bpf copy = Bpf.Open(new BpfOptions { Store = store.Root + "/copy" });
        Works(copy, pins, store);
        using BpfMap frozen = copy.OpenPinnedMap(pins + "team/inner/shut");
        Assert.Throws<BpfException>(() => frozen.Update(new byte[4], new byte[4]));
        Assert.Single(frozen.Entries());
        using BpfMap fresh = copy.CreateMap(MapType.Array, 4, 4, 1);
        Assert.True(fresh.Id > store.Slots);
    }

    /// <summary>A hook's list has in the copy the links that were copied: those that have a name.</summary>
    [Fact]
    public void AHookIsCopiedWithThePinnedLinks()
    {
        using FilledStore store = new();
        using (Bpf bpf = store.Open())
        {
            using Hook hook = bpf.CreateHook(ProgramType.SchedCls);
            hook.Pin(store.Pin("hook"));
            foreach ((int value, string? name) in new[] { (-1, null), (-1, "first"), (-1, null), (9, "second") })
            {
                int program = Engines.Programs.Accept(bpf.Engine, $"r0 = {value}\nexit", ProgramType.SchedCls);
                int link = bpf.Engine.LinkCreate(program, hook.Handle.Descriptor, AttachType.TcxIngress);
                Assert.True(link > 0, bpf.Engine.LastFailure);
                if (name is not null)
                    Assert.Equal(0, bpf.Engine.Pin(link, store.Pin(name)));
            }

            Assert.Equal(4, hook.ReadPrograms().Programs.Count);
            _ = bpf.Store!.Backup(store.Root + "/copy");
        }

        Assert.Equal([], BpfStore.Check(store.Root + "/copy").Findings);
        string pins = store.Root + "/copy/fs/";
        using Bpf copy = Bpf.Open(new BpfOptions { Store = store.Root + "/copy" });
        using Hook copied = copy.OpenPinnedHook(pins + "hook");
        using BpfLink first = copy.OpenPinnedLink(pins + "first"), second = copy.OpenPinnedLink(pins + "second");
        Assert.Equal([first.Id, second.Id], copied.ReadPrograms().Programs.Select(program => program.LinkId));
        Assert.Equal(9u, copied.Run(new byte[64]));
        second.Detach();
        Assert.Equal(uint.MaxValue, copied.Run(new byte[64]));
    }

    [Theory]
    [InlineData(MapType.ArrayOfMaps)]
    [InlineData(MapType.HashOfMaps)]
    public void AMapOfMapsIsCopiedWithItsMaps(MapType type)
    {
        using FilledStore store = new();
        byte[] key = [1, 0, 0, 0];
        uint held;
        using (Bpf bpf = store.Open())
        {
            using BpfMap inner = bpf.CreateMap(MapType.Hash, 4, 4, 10);
            inner.Update(key, [7, 0, 0, 0]);
            held = inner.Id;
            int outer = bpf.Engine.MapCreate(new MapCreateAttribute { MapType = type, KeySize = 4, ValueSize = 4, MaxEntries = 4, InnerMapFd = (uint)inner.Handle.Descriptor });
            Assert.Equal(0, bpf.Engine.MapUpdate(outer, key, BitConverter.GetBytes(inner.Handle.Descriptor)));
            Assert.Equal(0, bpf.Engine.Pin(outer, store.Pin("outer")));
            bpf.Engine.Close(outer);
            bpf.Store!.Backup(store.Root + "/copy");
        }

        Assert.Equal([], BpfStore.Check(store.Root + "/copy").Findings);
        using Bpf copy = Bpf.Open(new BpfOptions { Store = store.Root + "/copy" });
        copy.Store!.Collect();
        using BpfMap copied = copy.OpenPinnedMap(store.Root + "/copy/fs/outer");
        byte[] found = new byte[4];
        Assert.True(copied.TryLookup(key, found));
        Assert.Equal(held, BitConverter.ToUInt32(found));
        using BpfMap innerCopy = copy.OpenMap(held);
        Assert.True(innerCopy.TryLookup(key, found));
        Assert.Equal([7, 0, 0, 0], found);
    }

    [Fact]
    public void ABloomFilterIsCopiedWithWhatWasPushed()
    {
        using FilledStore store = new();
        using (Bpf bpf = store.Open())
        {
            int filter = bpf.Engine.MapCreate(new MapCreateAttribute { MapType = MapType.BloomFilter, ValueSize = 4, MaxEntries = 100_000 });
            for (uint value = 0; value < 1000; value++)
                Assert.Equal(0, bpf.Engine.MapUpdate(filter, [], BitConverter.GetBytes(value)));
            Assert.Equal(0, bpf.Engine.Pin(filter, store.Pin("filter")));
            bpf.Engine.Close(filter);
            bpf.Store!.Backup(store.Root + "/copy");
        }

        using Bpf copy = Bpf.Open(new BpfOptions { Store = store.Root + "/copy" });
        using BpfMap copied = copy.OpenPinnedMap(store.Root + "/copy/fs/filter");
        int absent = 0;
        for (uint value = 0; value < 2000; value++)
        {
            int found = copy.Engine.MapLookup(copied.Handle.Descriptor, [], BitConverter.GetBytes(value));
            Assert.True(found == 0 || value >= 1000);
            absent += found == 0 ? 0 : 1;
        }

        Assert.InRange(absent, 900, 1000);
    }

    [Fact]
    public async Task AStoreInUseIsCopiedAndItsProgramsRunFromTheCopy()
    {
        using FilledStore store = new();
        using CancellationTokenSource stop = new();
        Task[] writers = [Hammer(store, WriteNumbers, stop.Token), Hammer(store, ChangeSlots, stop.Token), Hammer(store, ChangePins, stop.Token)];
        try
        {
            using Bpf bpf = store.Open();
            for (int number = 0; number < 5; number++)
            {
                string destination = $"{store.Root}/copy{number}";
                bpf.Store!.Backup(destination);
                Assert.Equal([], BpfStore.Check(destination).Findings);
                using Bpf copy = Bpf.Open(new BpfOptions { Store = destination });
                Works(copy, destination + "/fs/", store);
            }
        }
        finally
        {
            await stop.CancelAsync();
        }

        await Task.WhenAll(writers);
    }

    [Fact]
    public void ADestinationThatIsNoneIsRefused()
    {
        using FilledStore store = new();
        using Bpf bpf = store.Open();
        Assert.Equal(Errno.EINVAL, Refused(bpf, store.Path + "/copy"));
        Assert.Equal(Errno.EINVAL, Refused(bpf, store.Path + "/fs/copy"));
        Assert.False(Directory.Exists(store.Path + "/copy"));
        Assert.Equal(Errno.EEXIST, Refused(bpf, store.Path));
        Assert.Equal(Errno.ENOENT, Refused(bpf, store.Root + "/no/such"));
        Directory.CreateDirectory(store.Root + "/full");
        File.WriteAllText(store.Root + "/full/x", "");
        Assert.Equal(Errno.ENOTEMPTY, Refused(bpf, store.Root + "/full"));
        Directory.CreateDirectory(store.Root + "/empty");
        bpf.Store!.Backup(store.Root + "/empty");
        Assert.Equal(Errno.EEXIST, Refused(bpf, store.Root + "/empty"));
    }

    /// <summary>A damaged object is named; what was begun is no store, and nobody makes one of it.</summary>
    [Fact]
    public void AnInterruptedBackupIsNoStore()
    {
        using FilledStore store = new();
        FilledStore.Poke(store.FileOf(store.Numbers), 300, 9);
        using Bpf bpf = store.Open();
        string destination = store.Root + "/copy";
        BpfException refusal = Assert.Throws<BpfException>(() => bpf.Store!.Backup(destination));
        Assert.Contains("damaged", refusal.Message, StringComparison.Ordinal);
        IsNoStore(destination);
        Assert.Equal(Errno.ENOTEMPTY, Refused(bpf, destination));
    }

    internal static void IsNoStore(string destination)
    {
        Assert.False(File.Exists(destination + "/store"));
        Assert.Throws<BpfException>(() => Bpf.Open(new BpfOptions { Store = destination }));
        Assert.DoesNotContain(destination, BpfStore.Find([destination]));
    }

    private static Errno Refused(Bpf bpf, string destination) => Assert.Throws<BpfException>(() => bpf.Store!.Backup(destination)).Errno;

    private static void Works(Bpf bpf, string pins, FilledStore store)
    {
        using BpfProgram program = bpf.OpenPinnedProgram(pins + "flow/flow_stats");
        Assert.Equal(store.Program, program.Id);
        Assert.Equal(2u, program.TestRun(new TestRunOptions { Data = new byte[60] }).ReturnValue);
        using BpfMap numbers = bpf.OpenPinnedMap(pins + "numbers");
        Dictionary<uint, byte[]> all = numbers.Entries().ToDictionary(entry => BitConverter.ToUInt32(entry.Key), entry => entry.Value);
        for (uint index = 0; index < FilledStore.Entries; index++)
            Assert.Equal(FilledStore.Value(FilledStore.Key(index)), all[FilledStore.Key(index)]);
        Assert.All(all, entry => Assert.Equal(FilledStore.Value(entry.Key), entry.Value));
        using BpfMap slots = bpf.OpenPinnedMap(pins + "slots");
        byte[] slot = new byte[4];
        Assert.True(slots.TryLookup(BitConverter.GetBytes(1), slot));
        Assert.Equal(store.Program, BitConverter.ToUInt32(slot));
        numbers.Update(BitConverter.GetBytes(FilledStore.Key(0)), FilledStore.Value(FilledStore.Key(0)), UpdateFlags.Exist);
    }

    private static Task Hammer(FilledStore store, Action<Bpf, FilledStore, uint> write, CancellationToken stop) => Task.Factory.StartNew(
        () =>
        {
            using Bpf bpf = store.Open();
            for (uint round = 0; !stop.IsCancellationRequested; round++)
                write(bpf, store, round);
        },
        CancellationToken.None,
        TaskCreationOptions.LongRunning,
        TaskScheduler.Default);

    /// <summary>The first keys stay, replaced all the time; the others come and go until the map is full.</summary>
    private static void WriteNumbers(Bpf bpf, FilledStore store, uint round)
    {
        using BpfMap numbers = bpf.OpenPinnedMap(store.Pin("numbers"));
        for (uint index = 0; index < 500; index++)
        {
            byte[] key = BitConverter.GetBytes(FilledStore.Key(index)), value = FilledStore.Value(FilledStore.Key(index));
            if (index < FilledStore.Entries || (index + round) % 3 != 0)
                numbers.Update(key, value);
            else
                _ = numbers.TryDelete(key);
        }
    }

    private static void ChangeSlots(Bpf bpf, FilledStore store, uint round)
    {
        using BpfMap slots = bpf.OpenPinnedMap(store.Pin("slots"));
        using BpfProgram program = bpf.OpenPinnedProgram(store.Pin("flow/flow_stats"));
        slots.Update(BitConverter.GetBytes(2), BitConverter.GetBytes(program.Handle.Descriptor));
        _ = slots.TryDelete(BitConverter.GetBytes(2));
        _ = program.TestRun(new TestRunOptions { Data = new byte[60] });
    }

    private static void ChangePins(Bpf bpf, FilledStore store, uint round)
    {
        string directory = store.Pin($"d{round % 3}");
        Directory.CreateDirectory(directory);
        using (BpfMap map = bpf.CreateMap(MapType.Hash, 4, 4, 10))
            map.Pin(directory + "/m");
        bpf.Unpin(directory + "/m");
        Directory.Delete(directory);
    }
}
