using System.Diagnostics;
using Holdfast.Isa.Abi;
using Holdfast.Objects;
using Holdfast.Storage;
using Holdfast.Storage.Maps;
using Holdfast.Storage.Memory;

namespace Holdfast.Tests.Checking;

/// <summary>A store with something of each kind in it, pinned, which nobody has open.</summary>
internal sealed class FilledStore : IDisposable
{
    public const uint Entries = 200;

    public FilledStore(string? parent = null)
    {
        Root = System.IO.Path.Combine(parent ?? "/dev/shm", $"holdfast-test-{Guid.NewGuid():n}");
        Directory.CreateDirectory(Root);
        using Bpf bpf = Open();
        using BpfObject loaded = bpf.Load(BpfObjectSpec.Load(Objects.Samples.FlowStats));
        loaded.PinAll(Pin("flow"));
        Flows = loaded.Map("flows").Id;
        Program = loaded.Program("flow_stats").Id;
        _ = loaded.Program("flow_stats").TestRun(new TestRunOptions { Data = new byte[60] });
        using BpfMap numbers = bpf.CreateMap(MapType.Hash, 4, 16, 500, name: "numbers");
        for (uint index = 0; index < Entries; index++)
            numbers.Update(BitConverter.GetBytes(Key(index)), Value(Key(index)));
        numbers.Pin(Pin("numbers"));
        using BpfMap big = bpf.CreateMap(MapType.Array, 4, 64, 8, name: "big");
        big.Update(BitConverter.GetBytes(2), new byte[64]);
        big.Pin(Pin("big"));
        using BpfMap slots = bpf.CreateMap(MapType.ProgArray, 4, 4, 4, name: "slots");
        slots.Update(BitConverter.GetBytes(1), BitConverter.GetBytes(loaded.Program("flow_stats").Handle.Descriptor));
        slots.Pin(Pin("slots"));
        (Numbers, Big, Slots) = (numbers.Id, big.Id, slots.Id);
        NumbersLayout = HashLayout.For(new MapAttributes { Type = MapType.Hash, KeySize = 4, ValueSize = 16, MaxEntries = 500 });
    }

    public string Root { get; }

    public string Path => System.IO.Path.Combine(Root, "store");

    public uint Flows { get; }

    public uint Program { get; }

    public uint Numbers { get; }

    public uint Big { get; }

    public uint Slots { get; }

    public HashLayout NumbersLayout { get; }

    public Bpf Open() => Bpf.Open(new BpfOptions { Store = Path });

    public string Pin(string name) => System.IO.Path.Combine(Path, "fs", name);

    public string FileOf(uint map) => $"{Path}/objects/maps/{map}";

    /// <summary>Keys of which some share a bucket; those in a row don't, by the nature of the hash.</summary>
    public static uint Key(uint index) => index * 2654435761 % 1_000_003;

    public static byte[] Value(uint key) => [.. BitConverter.GetBytes(key), .. BitConverter.GetBytes(~key), .. BitConverter.GetBytes((ulong)key * 3)];

    /// <summary>Writes to a file as somebody with write permission can.</summary>
    public static void Poke(string file, long offset, params byte[] bytes)
    {
        using FileStream stream = new(file, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        stream.Position = offset;
        stream.Write(bytes);
    }

    public void PokeNumbers(long offset, uint word) => Poke(FileOf(Numbers), ObjectHeaderLayout.DataOffset + offset, BitConverter.GetBytes(word));

    public uint PeekNumbers(long offset) => BitConverter.ToUInt32(Read(FileOf(Numbers)), (int)(ObjectHeaderLayout.DataOffset + offset));

    /// <summary>A bucket of the map <c>numbers</c> and the elements in it.</summary>
    public (uint Bucket, List<uint> Chain) FindBucket(int length)
    {
        for (uint bucket = 0; bucket < NumbersLayout.Buckets; bucket++)
        {
            List<uint> chain = [];
            for (uint link = PeekNumbers(BucketPlace(bucket)); link != 0; link = PeekNumbers(ElementPlace(link - 1)))
                chain.Add(link - 1);
            if (chain.Count == length)
                return (bucket, chain);
        }

        throw new InvalidOperationException($"no bucket holds {length} elements");
    }

    public long BucketPlace(uint bucket) => NumbersLayout.BucketsOffset + (bucket * HashLayout.BucketBytes);

    public static long StripePlace(uint stripe) => HashLayout.StripesOffset + (stripe * HashLayout.StripeBytes);

    public long ElementPlace(uint element) => NumbersLayout.ElementsOffset + (element * (long)NumbersLayout.Stride);

    public static byte[] Read(string file)
    {
        using FileStream stream = new(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    public static void Shell(string line)
    {
        using Process process = Process.Start("/bin/sh", ["-c", line]);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    /// <summary>Everything works that has a name.</summary>
    public void Works(uint entries = Entries)
    {
        using Bpf bpf = Open();
        using BpfProgram program = bpf.OpenPinnedProgram(Pin("flow/flow_stats"));
        Assert.Equal(2u, program.TestRun(new TestRunOptions { Data = new byte[60] }).ReturnValue);
        using BpfMap numbers = bpf.OpenPinnedMap(Pin("numbers"));
        List<KeyValuePair<byte[], byte[]>> all = [.. numbers.Entries()];
        Assert.Equal((int)entries, all.Count);
        Assert.All(all, entry => Assert.Equal(Value(BitConverter.ToUInt32(entry.Key)), entry.Value));
        foreach ((byte[] key, byte[] value) in all)
            numbers.Update(key, value, UpdateFlags.Exist);
        using BpfMap slots = bpf.OpenPinnedMap(Pin("slots"));
        byte[] slot = new byte[4];
        Assert.True(slots.TryLookup(BitConverter.GetBytes(1), slot));
        Assert.Equal(Program, BitConverter.ToUInt32(slot));
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
