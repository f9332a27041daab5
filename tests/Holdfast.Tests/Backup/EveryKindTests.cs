using System.Buffers.Binary;
using System.Globalization;
using Holdfast.Btf;
using Holdfast.Isa.Abi;
using Holdfast.Objects;
using Holdfast.Storage;
using Holdfast.Storage.Backup;
using Holdfast.Storage.FileSystem;
using Holdfast.Tests.Engines;

namespace Holdfast.Tests.Backup;

/// <summary>A store with something of everything, in use, is copied, and the copy is copied to where the store shall be again: nothing differs.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class EveryKindTests : IDisposable
{
    private readonly string _root = Directory.CreateDirectory($"/dev/shm/holdfast-test-{Guid.NewGuid():n}").FullName;

    [Fact]
    public void AStoreWithEverythingComesBack()
    {
        string before;
        using (Bpf bpf = Open("store"))
        {
            using BpfObject records = Fill(bpf);
            using BpfMap unnamed = bpf.CreateMap(MapType.Array, 4, 4, 1);
            before = Describe(bpf, "store");
            BackupReport report = bpf.Store!.Backup(_root + "/copy");
            Assert.Equal((5, 0, 1), (report.Records, report.LeftOut, report.Unnamed));
            Assert.Equal([new BackupMount(_root + "/team", _root + "/copy/mounted/team")], report.Mounts);
            Assert.Equal(before, Describe(bpf, "store"));
        }

        using (Bpf copy = Open("copy"))
            copy.Store!.Backup(_root + "/again");
        foreach (string name in (string[])["copy", "again"])
        {
            Assert.Equal([], BpfStore.Check($"{_root}/{name}").Findings);
            using Bpf copy = Open(name);
            copy.Store!.Collect();
            Assert.Equal(before, Describe(copy, name));
        }

        using Bpf again = Open("again");
        HasItsRecords(again);
        HasItsQueues(again);
        Assert.Equal(Errno.ENOSPC, Assert.Throws<BpfException>(() => FillUp(again)).Errno);
    }

    /// <summary>Whatever its reader and writers do meanwhile: the copy holds records that follow one another, each whole.</summary>
    [Fact]
    public async Task ARingInUseIsCopiedAsItIsAtOneMoment()
    {
        using Bpf bpf = Open("store");
        using BpfObject records = bpf.Load(Objects.Samples.Own("records"));
        records.PinAll($"{_root}/store/fs/records");
        using CancellationTokenSource stop = new();
        Task writer = Task.Factory.StartNew(() => UseRing(stop.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        int found = 0;
        try
        {
            for (int number = 0; number < 10; number++)
            {
                bpf.Store!.Backup($"{_root}/copy{number}");
                using Bpf copy = Open($"copy{number}");
                using BpfMap ring = copy.OpenPinnedMap($"{_root}/copy{number}/fs/records/maps/ring");
                using RingBuffer reader = RingBuffer.Open(ring);
                List<ulong> numbers = [];
                reader.Consume(record => numbers.Add(BinaryPrimitives.ReadUInt64LittleEndian(record)));
                Assert.Equal(numbers.Select((_, at) => numbers[0] + (ulong)at), numbers);
                found += numbers.Count;
            }
        }
        finally
        {
            await stop.CancelAsync();
        }

        await writer;
        Assert.True(found > 0, "no copy had a record");
    }

    /// <summary>What a mount's directory holds can't be seen once it was moved: no backup without it, until the mount is told where it is.</summary>
    [Fact]
    public void AMountThatWasMovedIsNotLeftOutQuietly()
    {
        using Bpf bpf = Open("store");
        using BpfMap map = bpf.CreateMap(MapType.Array, 4, 4, 1);
        Directory.CreateDirectory(_root + "/team");
        bpf.Mount(_root + "/team");
        map.Pin(_root + "/team/m");
        Directory.Move(_root + "/team", _root + "/moved");
        BpfException refusal = Assert.Throws<BpfException>(() => bpf.Store!.Backup(_root + "/copy"));
        Assert.Contains("remount", refusal.Message, StringComparison.Ordinal);
        bpf.Remount(_root + "/moved", "");
        Assert.Contains(bpf.Mounts, mount => mount.Path == _root + "/moved");
        Assert.Equal(1, bpf.Store!.Backup(_root + "/copy2").Pins);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private Bpf Open(string name) => Bpf.Open(new BpfOptions { Store = $"{_root}/{name}" });

    private BpfObject Fill(Bpf bpf)
    {
        using (BpfObject flows = bpf.Load(BpfObjectSpec.Load(Objects.Samples.FlowStats)))
        {
            flows.PinAll($"{_root}/store/fs/flow");
            _ = flows.Program("flow_stats").TestRun(new TestRunOptions { Data = new byte[60] });
            Make(bpf, "slots", MapType.ProgArray, 4, 4, 4, [(BitConverter.GetBytes(1), BitConverter.GetBytes(flows.Program("flow_stats").Handle.Descriptor))]);
        }

        foreach (MapType type in (MapType[])[MapType.Hash, MapType.Array, MapType.LruHash, MapType.PerCpuHash, MapType.PerCpuArray, MapType.LruPerCpuHash])
        {
            using BpfMap map = bpf.CreateMap(type, 4, 12, 6, name: type.ToString());
            for (uint index = 0; index < 5; index++)
                map.Update(BitConverter.GetBytes(index), [.. Enumerable.Range(1, map.ValueBufferSize).Select(at => (byte)(at % 16 < 12 || !PerCpuValues.AreKeptBy(type) ? at + index : 0))]);
            map.Pin($"{_root}/store/fs/{type}");
        }

        Make(bpf, "trie", MapType.LpmTrie, 8, 4, 10, [([8, 0, 0, 0, 10, 0, 0, 0], [1, 0, 0, 0]), ([16, 0, 0, 0, 10, 1, 0, 0], [2, 0, 0, 0])], MapFlags.NoPrealloc);
        Make(bpf, "queue", MapType.Queue, 0, 4, 4, [([], [1, 0, 0, 0]), ([], [2, 0, 0, 0]), ([], [3, 0, 0, 0])]);
        Make(bpf, "stack", MapType.Stack, 0, 4, 4, [([], [1, 0, 0, 0]), ([], [2, 0, 0, 0]), ([], [3, 0, 0, 0])]);
        Make(bpf, "filter", MapType.BloomFilter, 0, 4, 1000, [([], [1, 0, 0, 0]), ([], [2, 0, 0, 0])]);
        Make(bpf, "events", MapType.PerfEventArray, 4, 4, 8, []);
        using BpfMap inner = bpf.CreateMap(MapType.Array, 4, 4, 1);
        foreach (MapType type in (MapType[])[MapType.ArrayOfMaps, MapType.HashOfMaps])
        {
            using BpfMap outer = bpf.CreateMap(new MapCreateAttribute { MapType = type, KeySize = 4, ValueSize = 4, MaxEntries = 4, InnerMapFd = (uint)inner.Handle.Descriptor });
            outer.Update(BitConverter.GetBytes(2), BitConverter.GetBytes(inner.Handle.Descriptor));
            outer.Pin($"{_root}/store/fs/{type}");
        }

        Directory.CreateDirectory(_root + "/team");
        bpf.Mount(_root + "/team", "mode=0710,pin=root");
        Directory.CreateDirectory(_root + "/team/inner");
        using (BpfMap shut = bpf.CreateMap(MapType.Hash, 4, 4, 10, MapFlags.ReadOnlyProgram, "shut"))
        {
            shut.Update(new byte[4], new byte[4]);
            shut.Freeze();
            shut.Pin(_root + "/team/inner/shut");
            shut.Pin($"{_root}/store/fs/shut");
        }

        Tools.Run("chmod", "440", _root + "/team/inner/shut");
        if (Environment.UserName == "root")
            Tools.Run("chown", "1:2", $"{_root}/store/fs/trie");
        using BpfMap only = bpf.CreateMap(MapType.Array, 4, 4, 1, name: "only_there");
        only.Pin(_root + "/team/only_there");
        BpfObject records = bpf.Load(Objects.Samples.Own("records"));
        records.PinAll($"{_root}/store/fs/records");
        WriteRecords(records);
        bpf.Store!.SetQuota(new StoreQuota(null, 100, 1UL << 40));
        bpf.Store.SetQuota(new StoreQuota(bpf.Store.Describe().Owner, 90, null));
        return records;
    }

    /// <summary>Two records of a ring that have been read, then three that have not; two in the other direction.</summary>
    private static void WriteRecords(BpfObject records)
    {
        using (RingBuffer reader = RingBuffer.Open(records.Maps["ring"]))
        {
            for (int length = 60; length < 62; length++)
                Assert.Equal(0u, records.Programs["output"].TestRun(new byte[length]));
            Assert.Equal(2, reader.Consume(_ => { }));
        }

        for (int length = 62; length < 65; length++)
            Assert.Equal(0u, records.Programs["output"].TestRun(new byte[length]));
        using UserRingBuffer writer = UserRingBuffer.Open(records.Maps["commands"]);
        Assert.True(writer.TryWrite(BitConverter.GetBytes(7UL)));
        Assert.True(writer.TryReserve(16, out _));
        writer.Discard();
        Assert.True(writer.TryWrite(BitConverter.GetBytes(9UL)));
    }

    private void UseRing(CancellationToken stop)
    {
        using Bpf bpf = Open("store");
        using BpfProgram output = bpf.OpenPinnedProgram($"{_root}/store/fs/records/output");
        using BpfMap ring = bpf.OpenPinnedMap($"{_root}/store/fs/records/maps/ring");
        using RingBuffer reader = RingBuffer.Open(ring);
        while (!stop.IsCancellationRequested)
        {
            for (int count = 0; count < 100; count++)
                Assert.Equal(0u, output.TestRun(new byte[60 + (count % 40)]));
            Assert.Equal(100, reader.Consume(_ => { }));
        }
    }

    private void HasItsRecords(Bpf bpf)
    {
        using BpfMap ring = bpf.OpenPinnedMap($"{_root}/again/fs/records/maps/ring");
        using RingBuffer reader = RingBuffer.Open(ring);
        List<uint> lengths = [];
        Assert.Equal(3, reader.Consume(record => lengths.Add(BinaryPrimitives.ReadUInt32LittleEndian(record[12..]))));
        Assert.Equal([62u, 63u, 64u], lengths);
        using BpfProgram drain = bpf.OpenPinnedProgram($"{_root}/again/fs/records/drain");
        Assert.Equal(2u, drain.TestRun(new TestRunOptions { Data = new byte[64] }).ReturnValue);
        Assert.Equal(0u, drain.TestRun(new TestRunOptions { Data = new byte[64] }).ReturnValue);
    }

    private void HasItsQueues(Bpf bpf)
    {
        foreach ((string name, byte[] order) in new[] { ("queue", new byte[] { 1, 2, 3 }), ("stack", [3, 2, 1]) })
        {
            using BpfMap map = bpf.OpenPinnedMap($"{_root}/again/fs/{name}");
            byte[] value = new byte[4];
            foreach (byte expected in order)
            {
                Assert.Equal(0, bpf.Engine.MapLookupAndDelete(map.Handle.Descriptor, [], value));
                Assert.Equal(expected, value[0]);
            }
        }

        using BpfMap filter = bpf.OpenPinnedMap($"{_root}/again/fs/filter");
        Assert.Equal(0, bpf.Engine.MapLookup(filter.Handle.Descriptor, [], [2, 0, 0, 0]));
        Assert.Equal(-(int)Errno.ENOENT, bpf.Engine.MapLookup(filter.Handle.Descriptor, [], [3, 0, 0, 0]));
    }

    private static void FillUp(Bpf bpf)
    {
        List<BpfMap> made = [];
        try
        {
            bpf.Store!.SetQuota(new StoreQuota(bpf.Store.Describe().Owner, null, null));
            for (int count = 0; count < 101; count++)
                made.Add(bpf.CreateMap(MapType.Array, 4, 4, 1));
        }
        finally
        {
            made.ForEach(map => map.Dispose());
        }
    }

    private void Make(Bpf bpf, string name, MapType type, int key, int value, uint most, (byte[] Key, byte[] Value)[] entries, MapFlags flags = MapFlags.None)
    {
        using BpfMap map = bpf.CreateMap(type, key, value, most, flags, name);
        foreach ((byte[] at, byte[] bytes) in entries)
            Assert.Equal(0, bpf.Engine.MapUpdate(map.Handle.Descriptor, at, bytes));
        map.Pin($"{_root}/store/fs/{name}");
    }

    /// <summary>Everything that can be told of the named objects of a store: by ids, which a backup keeps.</summary>
    private string Describe(Bpf bpf, string name)
    {
        List<string> lines = [];
        BpfGraph graph = bpf.ReadGraph();
        string mounted = name == "store" ? _root + "/team" : $"{_root}/{name}/mounted/team";
        HashSet<ObjectKey> named = [.. graph.Nodes.Where(node => node.Pins.Count > 0).SelectMany(node => node.Uses.Append(node.Key))];
        foreach (BpfGraphNode node in graph.Nodes.Where(node => named.Contains(node.Key)))
        {
            lines.Add($"{node.Key} '{node.Name}' uses {string.Join(' ', node.Uses)}");
            foreach (string pin in node.Pins.Order(StringComparer.Ordinal))
                lines.Add($"  {pin.Replace(mounted, "TEAM", StringComparison.Ordinal).Replace($"{_root}/{name}/fs", "FS", StringComparison.Ordinal)} {Tools.Run("stat", "-c", "%a %u:%g", pin)}");
            lines.Add(node.Key.Kind == ObjectKind.Map ? Describe(bpf, node.Key.Id) : Program(bpf, node.Key.Id));
        }

        foreach (BpffsMount mount in bpf.Mounts)
            lines.Add($"{mount.Path.Replace(mounted, "TEAM", StringComparison.Ordinal).Replace($"{_root}/{name}/fs", "FS", StringComparison.Ordinal)} {mount.Options}");
        foreach (StoreQuota quota in bpf.Store!.Quotas)
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"quota {quota.User} {quota.MaxObjects} {quota.MaxBytes}"));
        return string.Join('\n', lines);
    }

    private static string Types(BtfGraph? types) => types is null ? "" : Convert.ToHexString(types.RawBytes.Span);

    private static string Program(Bpf bpf, uint id)
    {
        using BpfProgram program = bpf.OpenProgram(id);
        return $"  {program.Type} {Convert.ToHexString(BitConverter.GetBytes(program.Info.Tag))} {program.ReadInstructions().Length} {Types(program.ReadBtf())} maps {string.Join(' ', program.ReadMapIds())}";
    }

    private static string Describe(Bpf bpf, uint id)
    {
        using BpfMap map = bpf.OpenMap(id, MapFlags.ReadOnly);
        string types = Types(map.ReadBtf());
        IEnumerable<string> entries = map.Type is MapType.Queue or MapType.Stack or MapType.BloomFilter or MapType.RingBuf or MapType.UserRingBuf or MapType.PerfEventArray
            ? [] : map.Entries().Select(entry => $"{Convert.ToHexString(entry.Key)}={Convert.ToHexString(entry.Value)}").Order(StringComparer.Ordinal);
        string facts = string.Join(' ', map.ReadFdInfo().Split('\n').Where(line => !line.StartsWith("memlock", StringComparison.Ordinal)));
        return $"  {facts} types {map.Info.BtfKeyTypeId} {map.Info.BtfValueTypeId} {types} entries {string.Join(' ', entries)}";
    }
}
