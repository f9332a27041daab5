using System.Diagnostics;
using Holdfast.Isa.Abi;

namespace Holdfast.Bench;

/// <summary>What durability costs: the same hash map in a store in memory and in one on a device, taking turns; and a sync.</summary>
internal static class DurableBenchmark
{
    private const int Entries = 100_000;

    public static void Run(Report report)
    {
        Report.Title("hash of u32 -> u64 in a durable store, beside one in memory, BpfMap<uint, ulong> in random order");
        string path = Path.Combine(Path.GetTempPath(), $"holdfast-bench-{Guid.NewGuid():n}");
        try
        {
            using TemporaryStore memory = new();
            using Bpf inMemory = Bpf.Open(new BpfOptions { Store = memory.Path });
            using Bpf onDevice = Bpf.Open(new BpfOptions { Store = path });
            if (onDevice.Store!.Describe().Lifetime != Storage.FileSystem.StoreLifetime.Durable)
            {
                Report.Skip("durable store", $"{Path.GetTempPath()} is emptied by a restart");
                return;
            }

            Compare(report, inMemory, onDevice);
            Sync(onDevice, report.Quick ? 1_000_000 : 4_000_000);
        }
        finally
        {
            if (Directory.Exists(path))
                Directory.Delete(path, recursive: true);
        }
    }

    private static void Compare(Report report, Bpf inMemory, Bpf onDevice)
    {
        uint[] keys = [.. Enumerable.Range(0, Entries).Select(index => (uint)index * 2_654_435_761u)];
        new Random(1).Shuffle(keys);
        using BpfMap plain = Filled(inMemory, keys), durable = Filled(onDevice, keys);
        double[] lookups = Clock.Medians(report.Batches, Entries, Lookups(plain, keys), Lookups(durable, keys));
        Report.Line($"lookup, {Entries:n0} entries", $"{lookups[1]:f1} ns; in memory {lookups[0]:f1} ns, ratio {lookups[1] / lookups[0]:f2}");
        double[] updates = Clock.Medians(report.Batches, Entries, Updates(plain, keys), Updates(durable, keys));
        Report.Line($"update (replacement), {Entries:n0} entries", $"{updates[1]:f1} ns; in memory {updates[0]:f1} ns, ratio {updates[1] / updates[0]:f2}");
    }

    private static void Sync(Bpf onDevice, int entries)
    {
        using BpfMap map = Filled(onDevice, [.. Enumerable.Range(0, entries).Select(index => (uint)index)]);
        BpfMap<uint, ulong> typed = map.As<uint, ulong>();
        for (int round = 1; round <= 4; round++)
        {
            // The last one finds nothing changed.
            if (round < 4)
                typed.Update(0, (ulong)round);
            long start = Stopwatch.GetTimestamp(), processor = Clock.ThreadNanoseconds();
            onDevice.Store!.Sync();
            Report.Line(
                $"sync, {entries:n0} entries, number {round}{(round == 4 ? ", nothing changed" : "")}",
                $"{Stopwatch.GetElapsedTime(start).TotalSeconds:f2} s, {(Clock.ThreadNanoseconds() - processor) / 1e9:f2} s of them on the processor");
        }
    }

    private static BpfMap Filled(Bpf bpf, uint[] keys)
    {
        BpfMap map = bpf.CreateMap(MapType.Hash, 4, 8, (uint)keys.Length);
        BpfMap<uint, ulong> typed = map.As<uint, ulong>();
        foreach (uint key in keys)
            typed.Update(key, key);
        return map;
    }

    private static Action<int> Lookups(BpfMap map, uint[] keys)
    {
        BpfMap<uint, ulong> typed = map.As<uint, ulong>();
        return count =>
        {
            for (int index = 0; index < count; index++)
                _ = typed.TryLookup(keys[index % keys.Length], out _);
        };
    }

    private static Action<int> Updates(BpfMap map, uint[] keys)
    {
        BpfMap<uint, ulong> typed = map.As<uint, ulong>();
        return count =>
        {
            for (int index = 0; index < count; index++)
                typed.Update(keys[index % keys.Length], (uint)index);
        };
    }
}
