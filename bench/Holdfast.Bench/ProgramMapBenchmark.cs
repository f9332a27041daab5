using Holdfast.Isa.Abi;

namespace Holdfast.Bench;

/// <summary>
/// Lookups and updates that programs make, compiled by the JIT, against the kernel's own in BPF_PROG_TEST_RUN with the same instructions, the
/// same loop without the call subtracted from both. A lookup reads the value that it found.
/// </summary>
internal static class ProgramMapBenchmark
{
    private const int Entries = 16_384;

    private const string Spread = "r1 = r6\nr1 &= 16383\nr1 *= -1640531535\n*(u32 *)(r10 - 16) = r1";
    private const string Index = "r1 = r6\nr1 &= 16383\n*(u32 *)(r10 - 16) = r1";
    private const string Prefix = "r1 = r6\nr1 &= 16383\n*(u32 *)(r10 - 16) = 32\n*(u32 *)(r10 - 12) = r1";

    private static readonly Kind[] Kinds =
    [
        new("array", MapType.Array, Index),
        new("hash", MapType.Hash, Spread),
        new("per-CPU array", MapType.PerCpuArray, Index),
        new("per-CPU hash", MapType.PerCpuHash, Spread),
        new("LRU hash", MapType.LruHash, Spread),
        new("LPM trie of /32", MapType.LpmTrie, Prefix),
    ];

    public static void Run(Report report)
    {
        Report.Title($"maps from programs, {Entries:n0} entries with values of 8 bytes, random order");
        using TemporaryStore store = new();
        using Bpf user = Bpf.Open(new BpfOptions { Store = store.Path });
        using Bpf kernel = Bpf.OpenKernel();
        List<double> ratios = [];
        foreach (Kind kind in Kinds)
        {
            if (!TryFill(user, kind, out BpfMap? ours, out string reason))
            {
                Report.Skip(kind.Name, reason);
                continue;
            }

            using (ours)
            {
                if (!TryFill(kernel, kind, out BpfMap? theirs, out reason))
                {
                    Report.Skip(kind.Name, $"kernel: {reason}");
                    continue;
                }

                using (theirs)
                {
                    ratios.Add(Measure(report, $"{kind.Name}, lookup", kind, (user, ours!), (kernel, theirs!), isUpdate: false));
                    ratios.Add(Measure(report, $"{kind.Name}, update", kind, (user, ours!), (kernel, theirs!), isUpdate: true));
                }
            }
        }

        if (ratios.Count > 0)
        {
            double mean = Math.Exp(ratios.Average(Math.Log));
            report.Line("geometric mean", $"ratio {mean:f2}", mean, 1.0, "x");
        }
    }

    private static double Measure(Report report, string what, Kind kind, (Bpf Bpf, BpfMap Map) ours, (Bpf Bpf, BpfMap Map) theirs, bool isUpdate)
    {
        (double mine, double its) = ProgramLoop.Compare(report.Batches, Loops(kind, ours, isUpdate), Loops(kind, theirs, isUpdate));

        // What the subtraction leaves of nearly nothing may be below it.
        double ratio = Math.Max(mine, 0.1) / its;
        report.Line(what, $"{mine:f1} ns; kernel {its:f1} ns, ratio {ratio:f2}", ratio, 1.3, "x");
        return ratio;
    }

    private static (ProgramLoop Busy, ProgramLoop Idle) Loops(Kind kind, (Bpf Bpf, BpfMap Map) engine, bool isUpdate)
    {
        string map = $"r1 = map[fd:{engine.Map.Handle.Descriptor}]\nr2 = r10\nr2 += -16";
        string busy = isUpdate
            ? $"{map}\nr3 = r10\nr3 += -8\nr4 = 0\ncall bpf_map_update_elem"
            : $"{map}\ncall bpf_map_lookup_elem\nif r0 == 0 goto missed\nr0 = *(u64 *)(r0 + 0)\nmissed:";
        return (new(engine.Bpf.Engine, kind.Key, busy, isUpdate ? 0u : 1u), new(engine.Bpf.Engine, kind.Key, "r0 = 0", 0));
    }

    private static bool TryFill(Bpf bpf, Kind kind, out BpfMap? map, out string reason)
    {
        map = null;
        reason = "";
        try
        {
            // An LRU map evicts before it is quite full.
            map = bpf.CreateMap(
                kind.Type, kind.Type == MapType.LpmTrie ? 8 : 4, 8, kind.Type == MapType.LruHash ? 2u * Entries : Entries,
                kind.Type == MapType.LpmTrie ? MapFlags.NoPrealloc : MapFlags.None);
        }
        catch (BpfException exception)
        {
            reason = exception.Message;
            return false;
        }

        // Every value, and every CPU's, is 1: what a lookup adds up.
        byte[] value = new byte[map.ValueBufferSize];
        for (int at = 0; at < value.Length; at += sizeof(ulong))
            value[at] = 1;
        for (uint index = 0; index < Entries; index++)
            map.Update(kind.KeyOf(index), value);
        return true;
    }

    /// <param name="Name">What it is called in the table.</param>
    /// <param name="Type">Its type.</param>
    /// <param name="Key">Instructions that make a key of the random number in r6.</param>
    private sealed record Kind(string Name, MapType Type, string Key)
    {
        /// <summary>The key that <see cref="Key"/> makes where r6 ends in this number.</summary>
        public byte[] KeyOf(uint index) => Key == Prefix ? BitConverter.GetBytes(32 | ((ulong)index << 32)) : BitConverter.GetBytes(Key == Spread ? index * 2_654_435_761u : index);
    }
}
