using Holdfast.Isa.Abi;

namespace Holdfast.Kernel.Buffers;

/// <summary>The perf buffers of all CPUs behind one map, read in turns.</summary>
internal sealed class PerfSource : IRecordSource
{
    private readonly List<PerfRing> _rings;
    private readonly Readiness _readiness;
    private int _turn;

    private PerfSource(List<PerfRing> rings, Readiness readiness)
    {
        _rings = rings;
        _readiness = readiness;
    }

    /// <summary>Makes a buffer for each CPU that is online, and puts it into the map.</summary>
    /// <returns>Zero, or the negated <see cref="Errno"/>.</returns>
    public static int Open(KernelEngine engine, int map, int entries, int pages, out IRecordSource? source)
    {
        source = null;
        List<PerfRing> rings = [];
        int result = OpenRings(engine, map, Math.Min(entries, engine.ExecutionSlots), pages, rings);
        if (result == 0)
        {
            result = Readiness.Create([.. rings.Select(ring => ring.Descriptor)], out Readiness? readiness);
            if (result == 0)
            {
                source = new PerfSource(rings, readiness!);
                return 0;
            }
        }

        rings.ForEach(ring => ring.Dispose());
        return result;
    }

    public int WaitDescriptor => _readiness.Descriptor;

    public bool TryRead(out SourceRecord record)
    {
        // The CPU after the last one read goes first, so that a busy CPU doesn't starve the others.
        for (int tried = 0; tried < _rings.Count; tried++)
        {
            _turn = (_turn + 1) % _rings.Count;
            if (_rings[_turn].TryRead(out record))
                return true;
        }

        record = default;
        return false;
    }

    public bool Wait(int milliseconds) => _readiness.Wait(milliseconds);

    public void Wake() => _readiness.Wake();

    public void Dispose()
    {
        _readiness.Dispose();
        _rings.ForEach(ring => ring.Dispose());
    }

    private static int OpenRings(KernelEngine engine, int map, int cpus, int pages, List<PerfRing> rings)
    {
        for (int cpu = 0; cpu < cpus; cpu++)
        {
            int result = PerfRing.Open(cpu, pages, out PerfRing? ring);
            if (result == -(int)Errno.ENODEV)
                continue;
            if (result < 0)
                return result;
            rings.Add(ring!);
            result = engine.MapUpdate(map, BitConverter.GetBytes(cpu), BitConverter.GetBytes(ring!.Descriptor));
            if (result == 0)
                result = PerfEvent.Start(ring.Descriptor);
            if (result < 0)
                return result;
        }

        return 0;
    }
}
