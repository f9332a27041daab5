using System.Text;
using System.Text.Json.Nodes;
using Holdfast.Btf;
using Holdfast.Isa.Abi;
using Holdfast.Objects;
using Holdfast.Tests.Engines;

namespace Holdfast.Tests.Transfer;

/// <summary>Maps go to files and come back byte for byte, on both engines, in both formats, and from one engine to the other.</summary>
public sealed class MapFileTests
{
    private static readonly int Cases = int.TryParse(Environment.GetEnvironmentVariable("HOLDFAST_TRANSFER_CASES"), out int cases) ? cases : 60;

    public static TheoryData<string> Engines => EngineUnderTest.Names;

    public static TheoryData<string, MapFileFormat> EnginesAndFormats => new(
        ("user", MapFileFormat.Json), ("user", MapFileFormat.Binary), ("kernel", MapFileFormat.Json), ("kernel", MapFileFormat.Binary));

    [Theory]
    [MemberData(nameof(Engines))]
    public void RandomTypesAndValuesComeBackByteForByte(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        int typed = 0;
        for (int number = 0; number < Cases; number++)
        {
            int seed = Random.Shared.Next();
            Random random = new(seed);
            (BtfGraph graph, uint key, int keySize, uint value, int valueSize) = RandomTypes.Make(random);
            using BpfMap map = Create(engine.Bpf, graph, key, keySize, value, valueSize);
            typed += map.Info.BtfId != 0 ? 1 : 0;
            for (int entry = random.Next(12); entry > 0; entry--)
                map.Update(Bytes(random, keySize), Bytes(random, valueSize));
            foreach (MapFileFormat format in Enum.GetValues<MapFileFormat>())
            {
                using MemoryStream file = new();
                long written = map.Export(file, format);
                file.Position = 0;
                using BpfMap back = engine.Bpf.ImportMap(file, out long read);
                Assert.True(written == read, $"seed {seed}");
                Assert.True(Contents(map).SequenceEqual(Contents(back)), $"seed {seed}, {format}: {Encoding.UTF8.GetString(file.ToArray())}");
                Assert.Equal(map.Info.BtfKeyTypeId, back.Info.BtfKeyTypeId);
                Assert.Equal(map.Info.BtfValueTypeId, back.Info.BtfValueTypeId);
                Assert.Equal(map.Info.BtfId == 0, back.Info.BtfId == 0);
                Assert.Equal((map.Name, map.Type, map.KeySize, map.ValueSize, map.MaxEntries, map.Info.MapFlags), (back.Name, back.Type, back.KeySize, back.ValueSize, back.MaxEntries, back.Info.MapFlags));
            }
        }

        Assert.True(typed > Cases / 2, $"only {typed} of {Cases} maps had types");
    }

    [Theory]
    [MemberData(nameof(EnginesAndFormats))]
    public void ManyEntriesStream(string name, MapFileFormat format)
    {
        const uint entries = 20_000;
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        using BpfMap map = engine.Bpf.CreateMap(MapType.Hash, 4, 8, entries, name: "many");
        for (uint key = 0; key < entries; key++)
            map.Update(BitConverter.GetBytes(key), BitConverter.GetBytes((ulong)key * key));
        using MemoryStream file = new();
        Assert.Equal(entries, map.Export(file, format));
        using OneByOne slow = new(file.ToArray());
        using BpfMap back = engine.Bpf.ImportMap(slow, out long read, name: "again", flags: MapFlags.NoPrealloc);
        Assert.Equal(entries, read);
        Assert.Equal(("again", MapFlags.NoPrealloc), (back.Name, back.Info.MapFlags));
        Assert.Equal(Contents(map), Contents(back));
    }

    [Theory]
    [MemberData(nameof(EnginesAndFormats))]
    public void PerCpuArraysAndTriesComeBack(string name, MapFileFormat format)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        List<BpfMap> maps =
        [
            engine.Bpf.CreateMap(MapType.Array, 4, 5, 3),
            engine.Bpf.CreateMap(MapType.PerCpuHash, 4, 5, 10),
            engine.Bpf.CreateMap(MapType.PerCpuArray, 4, 12, 3),
            engine.Bpf.CreateMap(MapType.LruHash, 4, 5, 10),
            engine.Bpf.CreateMap(MapType.LruPerCpuHash, 4, 5, 10),
            engine.Bpf.CreateMap(MapType.LpmTrie, 8, 5, 10, MapFlags.NoPrealloc),
        ];

        foreach (BpfMap map in maps)
        {
            byte[] key = new byte[map.KeySize];
            key[0] = 2;
            byte[] value = new byte[map.ValueBufferSize];
            for (int at = 0; at < value.Length; at++)
                value[at] = map.ValueBufferSize == map.ValueSize || at % ((map.ValueSize + 7) & ~7) < map.ValueSize ? (byte)(at + 1) : (byte)0;
            map.Update(key, value);
            using MemoryStream file = new();
            map.Export(file, format);
            file.Position = 0;
            using BpfMap back = engine.Bpf.ImportMap(file, out _);
            Assert.Equal(Contents(map), Contents(back));
            map.Dispose();
        }
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void TheSampleIsReadableAndEditable(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        using BpfObject loaded = engine.Bpf.Load(BpfObjectSpec.Load(Objects.Samples.FlowStats));
        byte[] packet = File.ReadAllBytes(Path.Combine(Repository.Root, "samples/captures/mixed.pcap"))[40..100];
        _ = loaded.Program("flow_stats").TestRun(new TestRunOptions { Data = packet });
        using BpfMap protocols = loaded.Map("protocols");
        using MemoryStream file = new();
        protocols.Export(file, MapFileFormat.Json);
        JsonNode json = JsonNode.Parse(file.ToArray())!;
        Assert.Equal("holdfast-map", json["format"]!.GetValue<string>());
        JsonObject value = json["entries"]![1]!["value"]!.AsObject();
        Assert.Contains("packets", value.Select(pair => pair.Key));
        value["packets"] = "18446744073709551615";
        using MemoryStream edited = new(Encoding.UTF8.GetBytes(json.ToJsonString()));
        Assert.Equal(json["entries"]!.AsArray().Count, protocols.Import(edited));
        byte[] bytes = new byte[protocols.ValueSize];
        Assert.True(protocols.TryLookup(BitConverter.GetBytes(1), bytes));
        Assert.Equal(ulong.MaxValue, BitConverter.ToUInt64(bytes));
    }

    [Theory]
    [InlineData("", "it is no map file")]
    [InlineData("nothing", "it is no map file")]
    [InlineData("{", "byte")]
    [InlineData("{\"format\":\"holdfast-map\",\"version\":2}", "newer version")]
    [InlineData("{\"entries\":[]}", "must come before the entries")]
    [InlineData("{\"format\":\"holdfast-map\",\"map\":{\"type\":\"bloom_filter\"}}", "map.type: 'bloom_filter'")]
    [InlineData("{\"format\":\"holdfast-map\",\"map\":{\"type\":\"hash\",\"key_size\":4}}", "map.value_size: it is missing")]
    [InlineData("{\"format\":\"holdfast-map\",\"map\":{\"type\":\"hash\",\"key_size\":-1}}", "map.key_size")]
    [InlineData("{\"format\":\"holdfast-map\",\"map\":{\"type\":\"hash\",\"key_size\":4,\"value_size\":4,\"max_entries\":4,\"btf\":\"AAAA\",\"btf_value_type_id\":1}}", "map.btf")]
    [InlineData("MAP{\"key\":1,\"value\":\"00000000\"}]}", "entry 1, near byte")]
    [InlineData("MAP{\"key\":\"00000000\",\"value\":\"0000\"}]}", "value has 4 bytes, and 4 hex digits are given")]
    [InlineData("MAP{\"key\":\"00000000\",\"value\":\"0000000g\"}]}", "value is no hex")]
    [InlineData("MAP{\"key\":\"00000000\"}]}", "it has no value")]
    [InlineData("MAP{\"key\":\"\\ud800\",\"value\":\"00000000\"}]}", "no Unicode")]
    [InlineData("MAP{\"key\":\"00000000\",\"value\":\"00000000\"}", "line 1, byte")]
    [InlineData("MAP{\"key\":\"00000000\",\"value\":\"00000000\"}]} x", "line 1, byte")]
    [InlineData("MAP{\"key\":,", "line 1, byte")]
    public void BadTextIsRefusedInOneLineWithItsPlace(string text, string told)
    {
        text = text.Replace("MAP", "{\"format\":\"holdfast-map\",\"version\":1,\"map\":{\"type\":\"hash\",\"key_size\":4,\"value_size\":4,\"max_entries\":4},\"entries\":[", StringComparison.Ordinal);
        using EngineUnderTest engine = EngineUnderTest.Open("user");
        using MemoryStream file = new(Encoding.UTF8.GetBytes(text));
        BpfException refusal = Assert.ThrowsAny<BpfException>(() => engine.Bpf.ImportMap(file, out _));
        Assert.Contains(told, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refusal.Message);
        Assert.Empty(engine.Bpf.MapIds());
    }

    /// <summary>Any byte changed or cut off is noticed, and nothing is written.</summary>
    [Fact]
    public void DamagedBytesAreRefused()
    {
        using EngineUnderTest engine = EngineUnderTest.Open("user");
        using BpfObject loaded = engine.Bpf.Load(BpfObjectSpec.Load(Objects.Samples.FlowStats));
        BpfMap map = loaded.Map("protocols");
        using MemoryStream file = new();
        map.Export(file, MapFileFormat.Binary);
        byte[] bytes = file.ToArray();
        Random random = new(5);
        for (int number = 0; number < 300; number++)
        {
            byte[] changed = [.. bytes];
            int at = number < 200 ? random.Next(number < 100 ? 200 : bytes.Length) : -1;
            if (at >= 0)
                changed[at] ^= (byte)random.Next(1, 256);
            else
                changed = number == 299 ? [.. bytes, 0] : changed[..random.Next(bytes.Length)];
            using MemoryStream damaged = new(changed);
            BpfException refusal = Assert.ThrowsAny<BpfException>(() => map.Import(damaged));
            Assert.DoesNotContain("entries are written", refusal.Message, StringComparison.Ordinal);
        }
    }

    /// <summary>A file of a queue or stack, which only the userspace engine can write, gives back the order on both.</summary>
    [Theory]
    [MemberData(nameof(EnginesAndFormats))]
    public void QueuesAndStacksKeepTheirOrder(string name, MapFileFormat format)
    {
        using EngineUnderTest source = EngineUnderTest.Open("user"), engine = EngineUnderTest.Open(name);
        foreach (MapType type in (MapType[])[MapType.Queue, MapType.Stack])
        {
            using BpfMap map = source.Bpf.CreateMap(type, 0, 4, 3, name: "ordered");
            foreach (uint value in (uint[])[9, 1, 2, 3])
                map.Update([], BitConverter.GetBytes(value), (UpdateFlags)2); // BPF_EXIST: the oldest goes
            using MemoryStream file = new();
            Assert.Equal(3, map.Export(file, format));
            Assert.Equal([1, 2, 3], type == MapType.Queue ? Drain(map) : Drain(map).Reverse());
            file.Position = 0;
            using BpfMap back = engine.Bpf.ImportMap(file, out long read);
            Assert.Equal((3, type, 0, 4, 3u, "ordered"), (read, back.Type, back.KeySize, back.ValueSize, back.MaxEntries, back.Name));
            Assert.Equal(type == MapType.Queue ? [1, 2, 3] : [3, 2, 1], Drain(back));
            file.Position = 0;
            Assert.Equal(3, back.Import(file));
            file.Position = 0;
            Assert.Equal(Errno.E2BIG, Assert.Throws<BpfException>(() => back.Import(file)).Errno);
            using BpfMap other = engine.Bpf.CreateMap(type == MapType.Queue ? MapType.Stack : MapType.Queue, 0, 4, 3);
            file.Position = 0;
            Assert.Equal(Errno.EINVAL, Assert.Throws<BpfException>(() => other.Import(file)).Errno);
        }
    }

    /// <summary>What can't be listed, or means something only where it is, is refused with the reason.</summary>
    [Theory]
    [MemberData(nameof(Engines))]
    public void WhatHasNoFilesSaysWhy(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        Refused(MapType.BloomFilter, 0, 4, 4, "doesn't keep its values");
        Refused(MapType.ProgArray, 4, 4, 4, "programs or maps");
        Refused(MapType.RingBuf, 0, 0, 65536, "go when they are read");
        if (engine.IsKernel)
            Refused(MapType.Queue, 0, 4, 4, "only by taking them out");
        void Refused(MapType type, int key, int value, uint most, string reason)
        {
            using BpfMap map = engine.Bpf.CreateMap(type, key, value, most);
            using MemoryStream file = new();
            BpfException refusal = Assert.Throws<BpfException>(() => map.Export(file, MapFileFormat.Json));
            Assert.Equal(Errno.ENOTSUPP, refusal.Errno);
            Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
            Assert.Equal(0, file.Length);
        }
    }

    [Fact]
    public void WhatDoesNotFitIsRefused()
    {
        using EngineUnderTest engine = EngineUnderTest.Open("user");
        using BpfMap map = engine.Bpf.CreateMap(MapType.Hash, 4, 8, 4, name: "from");
        map.Update(new byte[4], new byte[8]);
        using MemoryStream file = new();
        map.Export(file, MapFileFormat.Json);
        using BpfMap other = engine.Bpf.CreateMap(MapType.Hash, 8, 8, 4, name: "other");
        file.Position = 0;
        Assert.Contains("keys of 4 and values of 8 bytes", Assert.Throws<BpfException>(() => other.Import(file)).Message, StringComparison.Ordinal);
        using BpfMap slots = engine.Bpf.CreateMap(MapType.ProgArray, 4, 4, 4);
        Assert.Equal(Errno.ENOTSUPP, Assert.Throws<BpfException>(() => slots.Export(file, MapFileFormat.Json)).Errno);
    }

    private static IEnumerable<uint> Drain(BpfMap map)
    {
        List<uint> values = [];
        byte[] value = new byte[4];
        while (map.Engine.MapLookupAndDelete(map.Handle.Descriptor, [], value) == 0)
            values.Add(BitConverter.ToUInt32(value));
        return values;
    }

    private static BpfMap Create(Bpf bpf, BtfGraph graph, uint key, int keySize, uint value, int valueSize)
    {
        int btf = bpf.Engine.BtfLoad(graph.RawBytes.Span);
        MapCreateAttribute attribute = new()
        {
            MapType = MapType.Hash,
            KeySize = (uint)keySize,
            ValueSize = (uint)valueSize,
            MaxEntries = 100,
            MapName = ObjectName.From("random"),
        };
        if (btf > 0)
        {
            attribute.BtfFd = (uint)btf;
            (attribute.BtfKeyTypeId, attribute.BtfValueTypeId) = (key, value);
        }

        try
        {
            return bpf.CreateMap(attribute);
        }
        finally
        {
            if (btf > 0)
                bpf.Engine.Close(btf);
        }
    }

    /// <summary>Random bytes, with zeros, ones and letters among them.</summary>
    private static byte[] Bytes(Random random, int length)
    {
        byte[] bytes = new byte[length];
        int style = random.Next(4);
        for (int at = 0; at < length; at++)
            bytes[at] = style switch { 0 => 0, 1 => (byte)random.Next('a', 'z'), 2 => (byte)random.Next(256), _ => random.Next(2) == 0 ? (byte)random.Next(256) : (byte)0 };
        return bytes;
    }

    private static List<string> Contents(BpfMap map) =>
        [.. map.Entries().Select(entry => $"{Convert.ToHexString(entry.Key)}={Convert.ToHexString(entry.Value)}").Order(StringComparer.Ordinal)];

    /// <summary>A stream that can't seek and gives what it has in small pieces, as a pipe may.</summary>
    private sealed class OneByOne(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;

        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, 7)]);

        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, 7));
    }
}
