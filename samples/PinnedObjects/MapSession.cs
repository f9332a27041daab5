using Holdfast;
using Holdfast.Isa.Abi;

namespace PinnedObjects;

/// <summary>An array map of 1024 numbers that outlives the process which made it.</summary>
internal sealed class MapSession(Bpf bpf, string path)
{
    private const uint Key = 123;
    private const uint Value = 456;

    /// <summary>Creates the map, pins it, writes to it, reads back. Then this process ends, and the map does not.</summary>
    public void Pin()
    {
        using BpfMap map = Create();
        map.Pin(path);
        Console.WriteLine($"pinned map {map.Id} at {path}");
        Write(map, Key, Value);
        Console.WriteLine($"read {Key} -> {Read(map, Key)}");
    }

    /// <summary>Gets the map by name, in a process that had no part in making it.</summary>
    public void Get()
    {
        using BpfMap map = bpf.OpenPinnedMap(path);
        Console.WriteLine($"got map {map.Id} from {path}");
        Console.WriteLine($"read {Key} -> {Read(map, Key)}");
    }

    /// <summary>Two descriptors on one map: each sees what is written through the other.</summary>
    public void All()
    {
        Pins.RemoveIfThere(bpf, path);
        using BpfMap first = Create();
        first.Pin(path);
        using BpfMap second = bpf.OpenPinnedMap(path);
        Console.WriteLine($"first descriptor {first.Handle.Descriptor}, second {second.Handle.Descriptor}, one map {first.Id}");
        Write(first, Key, Value);
        Console.WriteLine($"written through the first, read through the second: {Key} -> {Read(second, Key)}");
        Write(second, Key, Value + 1);
        Console.WriteLine($"written through the second, read through the first: {Key} -> {Read(first, Key)}");
    }

    private static void Write(BpfMap map, uint key, uint value) => map.As<uint, uint>().Update(key, value);

    private static uint Read(BpfMap map, uint key) =>
        map.As<uint, uint>().TryLookup(key, out uint value) ? value : throw new BpfException(Errno.ENOENT, $"key {key} is not in the map");

    private BpfMap Create() => bpf.CreateMap(MapType.Array, sizeof(uint), sizeof(uint), 1024, name: "numbers");
}
