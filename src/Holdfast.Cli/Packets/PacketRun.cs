using System.Diagnostics;

namespace Holdfast.Cli.Packets;

/// <summary>A program run over packets, each once (or as often as asked).</summary>
internal sealed class PacketRun
{
    private readonly List<uint> _nanoseconds = [];

    private PacketRun()
    {
    }

    /// <summary>How many packets gave each return value.</summary>
    public SortedDictionary<uint, int> ReturnValues { get; } = [];

    /// <summary>Packets run.</summary>
    public int Packets { get; private set; }

    /// <summary>Average time of a run, as the engine measured it.</summary>
    public double NanosecondsPerRun => Packets == 0 ? 0 : _nanoseconds.Average(time => (double)time);

    /// <summary>The packet in the middle: what one costs once everything is warm, undisturbed by those that weren't.</summary>
    public uint MedianNanoseconds => Packets == 0 ? 0 : _nanoseconds.Order().ElementAt(Packets / 2);

    /// <summary>The first packet's whole call: what a program costs until it is ready, its verification and compilation included.</summary>
    public TimeSpan FirstRun { get; private set; }

    /// <summary>What the last packet gave.</summary>
    public TestRunOutcome? Last { get; private set; }

    /// <summary>Runs a program.</summary>
    public static PacketRun Over(BpfProgram program, IEnumerable<ReadOnlyMemory<byte>> packets, ReadOnlyMemory<byte> context = default, uint repeat = 1)
    {
        PacketRun run = new();
        foreach (ReadOnlyMemory<byte> packet in packets)
        {
            long start = Stopwatch.GetTimestamp();
            run.Last = program.TestRun(new TestRunOptions { Data = packet, Context = context, Repeat = repeat });
            if (run.Packets++ == 0)
                run.FirstRun = Stopwatch.GetElapsedTime(start);
            run._nanoseconds.Add(run.Last.Nanoseconds);
            run.ReturnValues[run.Last.ReturnValue] = run.ReturnValues.GetValueOrDefault(run.Last.ReturnValue) + 1;
        }

        return run;
    }
}
