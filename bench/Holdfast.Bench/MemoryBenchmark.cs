using System.Diagnostics;
using System.Globalization;
using Holdfast.Isa.Abi;

namespace Holdfast.Bench;

/// <summary>Large hash maps: what they take, how long it takes to open one, and lookups against misses of the caches.</summary>
internal static class MemoryBenchmark
{
    private const uint Entries = 10_000_000;

    public static void Run(Report report)
    {
        Report.Title("memory of hash maps of u64 -> u64");
        using TemporaryStore store = new();
        using Bpf bpf = Bpf.Open(new BpfOptions { Store = store.Path });
        long before = Used(store.Path);
        using BpfMap large = bpf.CreateMap(MapType.Hash, 8, 8, Entries);
        double empty = (Used(store.Path) - before) / 1e6;
        report.Line($"empty, for {Entries:n0} entries", $"{empty:f2} MB", empty, 1, " MB");
        PerEntry(report, store, bpf, 1 << 20);
        before = Used(store.Path);
        Fill(large, Entries);
        double bytes = (Used(store.Path) - before) / (double)Entries;
        report.Line($"each of {Entries:n0} entries, map full", $"{bytes:f2} bytes", bytes, 48, " bytes");
        Sparse(store, bpf, 1000);
        Open(report, bpf, large);
        Misses(report, large);
    }

    private static void PerEntry(Report report, TemporaryStore store, Bpf bpf, uint entries)
    {
        long before = Used(store.Path);
        using BpfMap map = bpf.CreateMap(MapType.Hash, 8, 8, entries);
        Fill(map, entries);
        double bytes = (Used(store.Path) - before) / (double)entries;
        report.Line($"each of {entries:n0} entries, map full", $"{bytes:f2} bytes", bytes, 48, " bytes");
    }

    private static void Sparse(TemporaryStore store, Bpf bpf, uint entries)
    {
        long before = Used(store.Path);
        using BpfMap map = bpf.CreateMap(MapType.Hash, 8, 8, 1u << 31, MapFlags.NoPrealloc);
        Fill(map, entries);
        Report.Line($"each of {entries:n0} entries in a map for 2^31", $"{(Used(store.Path) - before) / (double)entries:n0} bytes");
    }

    private static void Open(Report report, Bpf bpf, BpfMap map)
    {
        string pin = Path.Combine(bpf.DefaultMount, "large");
        map.Pin(pin);
        double[] medians = Clock.Medians(
            report.Batches,
            times =>
            {
                for (int i = 0; i < times; i++)
                {
                    using BpfMap opened = bpf.OpenPinnedMap(pin);
                }
            });
        report.Line($"opening and closing a pin of {Entries:n0} entries", $"{medians[0] / 1000:f1} us", medians[0] / 1000, 100, " us");
    }

    private static void Misses(Report report, BpfMap map)
    {
        BpfMap<ulong, ulong> typed = map.As<ulong, ulong>();
        int[] chain = Cycle((int)(Entries * 48 / 64));
        ulong at = 1;
        int link = 0;

        // Values are zero, and each step needs the last one's: no two overlap.
        double[] medians = Clock.Medians(
            report.Batches,
            times =>
            {
                for (int i = 0; i < times; i++)
                {
                    at = (at * 6_364_136_223_846_793_005) + 1_442_695_040_888_963_407;
                    typed.TryLookup(((at >> 32) * Entries) >> 32, out ulong value);
                    at += value;
                }
            },
            times =>
            {
                for (int i = 0; i < times; i++)
                    link = chain[link];
            });
        GC.KeepAlive(link);
        double ratio = medians[0] / medians[1];
        report.Line(
            $"lookup among {Entries:n0} entries", $"{medians[0]:f0} ns; one read of as much memory {medians[1]:f0} ns, ratio {ratio:f2}", ratio, 2.5, "x");
    }

    /// <summary>One cycle through so many lines of 64 bytes, in random order (Sattolo).</summary>
    private static int[] Cycle(int lines)
    {
        const int perLine = 16;
        int[] order = [.. Enumerable.Range(0, lines)], cells = new int[(long)lines * perLine];
        Random random = new(1);
        for (int i = lines - 1; i > 0; i--)
        {
            int other = random.Next(i);
            (order[i], order[other]) = (order[other], order[i]);
        }

        for (int i = 0; i < lines; i++)
            cells[i * perLine] = order[i] * perLine;
        return cells;
    }

    private static void Fill(BpfMap map, uint entries)
    {
        BpfMap<ulong, ulong> typed = map.As<ulong, ulong>();
        for (ulong key = 0; key < entries; key++)
            typed.Update(key, 0);
    }

    /// <summary>Bytes that the file system has given the store.</summary>
    private static long Used(string path)
    {
        using Process du = Process.Start(new ProcessStartInfo("du", ["-s", "-B1", path]) { RedirectStandardOutput = true })!;
        string text = du.StandardOutput.ReadToEnd();
        du.WaitForExit();
        return long.Parse(text.Split('\t')[0], CultureInfo.InvariantCulture);
    }
}
