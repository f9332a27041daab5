using System.Buffers.Binary;
using Holdfast.Isa.Abi;

namespace Holdfast.Bench;

/// <summary>
/// Longest-prefix lookups in a trie of 10,000 IPv4 prefixes (lengths as in a routing table: half of them /24, the rest /8 to /32): from the
/// user's side against the kernel's system call, and from a program that looks up random addresses, with the cost of the same program
/// without the lookup subtracted.
/// </summary>
internal static class LpmBenchmark
{
    private const int Entries = 10_000;

    public static void Run(Report report)
    {
        Report.Title($"LPM trie of {Entries:n0} IPv4 prefixes -> u64");
        using TemporaryStore store = new();
        using Bpf user = Bpf.Open(new BpfOptions { Store = store.Path });
        using Bpf kernel = Bpf.OpenKernel();
        using BpfMap shared = Fill(user);
        BpfMap? theirs = null;
        string reason = "";
        try
        {
            theirs = Fill(kernel);
        }
        catch (BpfException exception)
        {
            reason = exception.Message;
        }

        using (theirs)
        {
            Lookups(report, shared, theirs, reason);
            if (theirs is not null)
                FromPrograms(report, user, shared, kernel, theirs);
        }
    }

    private static void Lookups(Report report, BpfMap shared, BpfMap? theirs, string reason)
    {
        Action<int>[] bodies = theirs is null ? [Walk(shared)] : [Walk(shared), Walk(theirs)];
        double[] medians = Clock.Medians(report.Batches, Entries, bodies);
        string figures = theirs is null
            ? $"{medians[0]:f1} ns; kernel skipped: {reason}"
            : $"{medians[0]:f1} ns; kernel {medians[1]:f0} ns, {medians[1] / medians[0]:f0} times as long";
        report.Line("user side, addresses within prefixes, random order", figures, medians[0], 80, " ns");
    }

    private static void FromPrograms(Report report, Bpf user, BpfMap shared, Bpf kernel, BpfMap theirs)
    {
        (double one, double two) = ProgramLoop.Compare(report.Batches, Loops(user, shared), Loops(kernel, theirs));
        double ratio = one / two;
        report.Line("from a program, random addresses", $"{one:f1} ns; kernel {two:f1} ns, ratio {ratio:f2}", ratio, 1.3, "x");
    }

    private static (ProgramLoop Busy, ProgramLoop Idle) Loops(Bpf bpf, BpfMap map)
    {
        const string address = "*(u32 *)(r10 - 16) = 32\n*(u32 *)(r10 - 12) = r6";
        string lookup = $"r1 = map[fd:{map.Handle.Descriptor}]\nr2 = r10\nr2 += -16\ncall bpf_map_lookup_elem\nr0 = 0";
        return (new(bpf.Engine, address, lookup, 0), new(bpf.Engine, address, "r0 = 0", 0));
    }

    private static BpfMap Fill(Bpf bpf)
    {
        BpfMap map = bpf.CreateMap(MapType.LpmTrie, 8, 8, Entries, MapFlags.NoPrealloc);
        foreach ((uint address, int length) in Prefixes())
            map.Update(Key(address, length), BitConverter.GetBytes((ulong)length));
        return map;
    }

    private static Action<int> Walk(BpfMap map)
    {
        BpfMap<ulong, ulong> typed = map.As<ulong, ulong>();
        ulong[] keys = [.. Prefixes().Select(prefix => BitConverter.ToUInt64(Key(prefix.Length == 32 ? prefix.Address : prefix.Address | 1, 32)))];
        new Random(2).Shuffle(keys);
        int at = 0;
        return times =>
        {
            int next = at;
            for (int i = 0; i < times; i++)
            {
                if (!typed.TryLookup(keys[next], out ulong value) || value > 32)
                    throw new InvalidOperationException("a prefix is gone");
                next = next + 1 == keys.Length ? 0 : next + 1;
            }

            at = next;
        };
    }

    private static IEnumerable<(uint Address, int Length)> Prefixes()
    {
        Random random = new(1);
        HashSet<(uint, int)> prefixes = [];
        while (prefixes.Count < Entries)
        {
            int length = random.Next(2) == 0 ? 24 : random.Next(8, 33);
            prefixes.Add(((uint)random.NextInt64(1L << 32) & (uint)(-1L << (32 - length)), length));
        }

        return prefixes;
    }

    private static byte[] Key(uint address, int length)
    {
        byte[] key = new byte[8];
        BinaryPrimitives.WriteInt32LittleEndian(key, length);
        BinaryPrimitives.WriteUInt32BigEndian(key.AsSpan(4), address);
        return key;
    }
}
