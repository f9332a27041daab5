using Holdfast.Isa.Abi;

namespace Holdfast.Bench;

/// <summary>Lookups from the user's side, shared memory against the kernel's system call, in the same run and random order.</summary>
internal static class MapBenchmark
{
    public static void RunArray(Report report)
    {
        Report.Title("array of u32 -> u64, BpfMap<uint, ulong>.TryLookup in random order");
        Measure(report, MapType.Array, 10_000, 5);
        Measure(report, MapType.Array, 100_000, 5);
        MeasureUpdates(report, MapType.Array, 60);
    }

    public static void RunHash(Report report)
    {
        Report.Title("hash of u32 -> u64, BpfMap<uint, ulong>.TryLookup in random order");
        Measure(report, MapType.Hash, 10_000, 15);
        Measure(report, MapType.Hash, 100_000, 40);
        MeasureUpdates(report, MapType.Hash, 60);
    }

    private static void Measure(Report report, MapType type, int entries, double target)
    {
        using TemporaryStore store = new();
        using Bpf user = Bpf.Open(new BpfOptions { Store = store.Path });
        using Bpf kernel = Bpf.OpenKernel();
        using BpfMap shared = user.CreateMap(type, 4, 8, (uint)entries);
        using BpfMap? theirs = TryCreate(kernel, type, entries, out string reason);
        Action<int> ours = Lookups(shared, type, entries);
        Action<int>[] bodies = theirs is null ? [ours] : [ours, Lookups(theirs, type, entries)];
        double[] medians = Clock.Medians(report.Batches, entries, bodies);
        string figures = theirs is null
            ? $"{medians[0]:f1} ns; kernel skipped: {reason}"
            : $"{medians[0]:f1} ns; kernel {medians[1]:f0} ns, {medians[1] / medians[0]:f0} times as long";
        report.Line($"{entries:n0} entries", figures, medians[0], target, " ns");
        Report.Line($"{entries:n0} entries, caches cold", $"{Cold(report.Batches, ours, entries):f1} ns");
    }

    /// <summary>Replacements of the values of 100,000 entries.</summary>
    private static void MeasureUpdates(Report report, MapType type, double target)
    {
        const int entries = 100_000;
        using TemporaryStore store = new();
        using Bpf user = Bpf.Open(new BpfOptions { Store = store.Path });
        using Bpf kernel = Bpf.OpenKernel();
        using BpfMap shared = user.CreateMap(type, 4, 8, entries);
        using BpfMap? theirs = TryCreate(kernel, type, entries, out string reason);
        Action<int>[] bodies = theirs is null ? [Updates(shared, type, entries)] : [Updates(shared, type, entries), Updates(theirs, type, entries)];
        double[] medians = Clock.Medians(report.Batches, entries, bodies);
        string figures = theirs is null
            ? $"{medians[0]:f1} ns; kernel skipped: {reason}"
            : $"{medians[0]:f1} ns; kernel {medians[1]:f0} ns, {medians[1] / medians[0]:f0} times as long";
        report.Line($"update, {entries:n0} entries", figures, medians[0], target, " ns");
    }

    private static Action<int> Updates(BpfMap map, MapType type, int entries)
    {
        BpfMap<uint, ulong> typed = map.As<uint, ulong>();
        uint[] keys = Filled(typed, type, entries);
        int at = 0;
        return times =>
        {
            for (int i = 0; i < times; i++)
            {
                typed.Update(keys[at], keys[at] + 1ul);
                at = at + 1 == keys.Length ? 0 : at + 1;
            }
        };
    }

    /// <summary>The first walk after other work has gone through 64 MiB of memory.</summary>
    private static double Cold(int batches, Action<int> walk, int entries)
    {
        byte[] other = new byte[64 << 20];
        double[] samples = new double[Math.Min(batches, 15)];
        for (int batch = 0; batch < samples.Length; batch++)
        {
            other.AsSpan().Fill((byte)batch);
            long start = Clock.ThreadNanoseconds();
            walk(entries / 10);
            samples[batch] = (Clock.ThreadNanoseconds() - start) / (entries / 10.0);
        }

        return Clock.Median(samples);
    }

    private static BpfMap? TryCreate(Bpf kernel, MapType type, int entries, out string reason)
    {
        reason = "";
        try
        {
            return kernel.CreateMap(type, 4, 8, (uint)entries);
        }
        catch (BpfException exception)
        {
            reason = exception.Message;
            return null;
        }
    }

    /// <summary>Fills a map and gives a loop over its keys in random order.</summary>
    private static Action<int> Lookups(BpfMap map, MapType type, int entries)
    {
        BpfMap<uint, ulong> typed = map.As<uint, ulong>();
        uint[] keys = Filled(typed, type, entries);
        int at = 0;
        return times =>
        {
            uint[] order = keys;
            int next = at;
            ulong sum = 0;
            for (int i = 0; i < times; i++)
            {
                if (!typed.TryLookup(order[next], out ulong value))
                {
                    throw new InvalidOperationException($"key {order[next]} is gone");
                }

                sum += value - order[next];
                next = next + 1 == order.Length ? 0 : next + 1;
            }

            at = next;
            if (sum != (ulong)times)
            {
                throw new InvalidOperationException("a value is wrong");
            }
        };
    }

    /// <summary>Fills a map, in one random order, and gives its keys in another.</summary>
    private static uint[] Filled(BpfMap<uint, ulong> map, MapType type, int entries)
    {
        Random random = new(1);

        // Keys of a hash are spread over all 32 bits; those of an array are its indexes.
        uint[] keys = [.. Enumerable.Range(0, entries).Select(i => type == MapType.Array ? (uint)i : (uint)i * 2_654_435_761u)];
        random.Shuffle(keys);
        foreach (uint key in keys)
            map.Update(key, key + 1ul);
        random.Shuffle(keys);
        return keys;
    }
}
