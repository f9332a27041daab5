using System.Runtime.InteropServices;
using Holdfast.Isa.Abi;

namespace Holdfast.Bench;

/// <summary>Reading a kernel map through the API, against a C program's system calls, in the same run.</summary>
internal static unsafe class KernelMapBenchmark
{
    private const int Entries = 100_000;
    private const int BatchSize = 4096;

    public static void Run(Report report)
    {
        Report.Title($"the kernel's hash of u32 -> u64, {Entries:n0} entries, and the same in C");
        if (!NativeLibraryBuild.TryBuild("SystemCalls", out string path, out string reason) || !TryFill(out Bpf? bpf, out BpfMap? map, out reason))
        {
            Report.Skip("kernel maps", reason);
            return;
        }

        using (bpf)
        using (map)
        {
            nint library = NativeLibrary.Load(path);
            MeasureLookups(report, map!, (delegate* unmanaged<int, uint*, int, ulong>)NativeLibrary.GetExport(library, "lookup_keys"));
            MeasureBatches(report, map!, (delegate* unmanaged<int, uint*, ulong*, uint, ulong>)NativeLibrary.GetExport(library, "lookup_batches"));
        }
    }

    private static void MeasureLookups(Report report, BpfMap map, delegate* unmanaged<int, uint*, int, ulong> native)
    {
        BpfMap<uint, ulong> typed = map.As<uint, ulong>();
        uint[] keys = GC.AllocateArray<uint>(Entries, pinned: true);
        for (int i = 0; i < keys.Length; i++)
            keys[i] = (uint)i;
        new Random(1).Shuffle(keys);

        // Pinned for as long as the array lives, which the closures below see to.
        uint* start = (uint*)Marshal.UnsafeAddrOfPinnedArrayElement(keys, 0);
        int descriptor = map.Handle.Descriptor;
        int ours = 0, theirs = 0;
        long before = GC.GetAllocatedBytesForCurrentThread();
        typed.TryLookup(keys[0], out _);
        before = GC.GetAllocatedBytesForCurrentThread();
        typed.TryLookup(keys[0], out _);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        double[] medians = Clock.Medians(
            report.Batches * 3,
            times =>
            {
                ulong sum = 0;
                ReadOnlySpan<uint> some = Next(keys, times, ref ours);
                foreach (uint key in some)
                {
                    typed.TryLookup(key, out ulong value);
                    sum += value - key;
                }

                Check(sum == (ulong)some.Length);
            },
            times =>
            {
                ReadOnlySpan<uint> some = Next(keys, times, ref theirs);
                Check(native(descriptor, start + theirs - some.Length, some.Length) != ulong.MaxValue);
                GC.KeepAlive(keys);
            });
        double ratio = medians[0] / medians[1];
        report.Line(
            "BpfMap<uint, ulong>.TryLookup", $"{medians[0]:f0} ns, C {medians[1]:f0} ns, ratio {ratio:f2}; {allocated} bytes allocated", ratio, 1.1, "x");
    }

    private static void MeasureBatches(Report report, BpfMap map, delegate* unmanaged<int, uint*, ulong*, uint, ulong> native)
    {
        BpfMap<uint, ulong> typed = map.As<uint, ulong>();
        uint[] keys = GC.AllocateArray<uint>(BatchSize, pinned: true);
        ulong[] values = GC.AllocateArray<ulong>(BatchSize, pinned: true);
        uint* keyStart = (uint*)Marshal.UnsafeAddrOfPinnedArrayElement(keys, 0);
        ulong* valueStart = (ulong*)Marshal.UnsafeAddrOfPinnedArrayElement(values, 0);
        int descriptor = map.Handle.Descriptor;
        const ulong Expected = (ulong)Entries * (Entries + 1) / 2;
        double[] medians = Clock.Medians(
            report.Batches,
            times =>
            {
                for (int i = 0; i < times; i++)
                    Check(Sum(typed, keys, values) == Expected);
            },
            times =>
            {
                for (int i = 0; i < times; i++)
                    Check(native(descriptor, keyStart, valueStart, BatchSize) == Expected);
                GC.KeepAlive(keys);
                GC.KeepAlive(values);
            });
        double ratio = medians[0] / medians[1];
        report.Line($"all entries, batches of {BatchSize}", $"{medians[0] / 1e6:f2} ms, C {medians[1] / 1e6:f2} ms, ratio {ratio:f2}", ratio, 1.2, "x");
    }

    private static ulong Sum(BpfMap<uint, ulong> map, Span<uint> keys, Span<ulong> values)
    {
        ulong sum = 0;
        MapBatchCursor cursor = new();
        for (int read; (read = map.LookupBatch(cursor, keys, values)) > 0;)
        {
            foreach (ulong value in values[..read])
                sum += value;
        }

        return sum;
    }

    /// <summary>The next keys of a walk that starts over at the end.</summary>
    private static ReadOnlySpan<uint> Next(uint[] keys, int times, ref int at)
    {
        times = Math.Min(times, keys.Length);
        if (at + times > keys.Length)
            at = 0;
        at += times;
        return keys.AsSpan(at - times, times);
    }

    private static bool TryFill(out Bpf? bpf, out BpfMap? map, out string reason)
    {
        bpf = Bpf.OpenKernel();
        map = null;
        reason = "";
        try
        {
            map = bpf.CreateMap(MapType.Hash, 4, 8, Entries);
        }
        catch (BpfException exception)
        {
            bpf.Dispose();
            reason = exception.Message;
            return false;
        }

        BpfMap<uint, ulong> typed = map.As<uint, ulong>();
        for (uint key = 0; key < Entries; key++)
            typed.Update(key, key + 1ul);
        return true;
    }

    private static void Check(bool condition)
    {
        if (!condition)
            throw new InvalidOperationException("a value is wrong");
    }
}
