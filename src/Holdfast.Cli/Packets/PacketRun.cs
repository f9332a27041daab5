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
    public int Packets => _nanoseconds.Count;

    /// <summary>Average time of a measured run, as the engine took it.</summary>
    public double NanosecondsPerRun => Measured.Average(time => (double)time);

    /// <summary>The measured packet in the middle: undisturbed by the few that had to wait for a page or for the processor.</summary>
    public uint MedianNanoseconds => Measured.Order().ElementAt(Measured.Count / 2);

    /// <summary>The first packet's whole call: what a program costs until it is ready, its verification and compilation included.</summary>
    public TimeSpan FirstRun { get; private set; }

    /// <summary>What the last packet gave.</summary>
    public TestRunOutcome? Last { get; private set; }

    /// <summary>A program's first run compiles it, which is <see cref="FirstRun"/>'s matter; it counts here only if there is no other.</summary>
    private List<uint> Measured => Packets > 1 ? _nanoseconds[1..] : _nanoseconds;

    /// <summary>Runs a program, or a hook's.</summary>
    /// <param name="program">What runs.</param>
    /// <param name="packets">At least one packet.</param>
    /// <param name="context">The context, for types that take one.</param>
    /// <param name="repeat">Runs for each packet.</param>
    /// <param name="warmUp">Runs for each packet before any is measured. Real ones: they change maps like all others.</param>
    public static PacketRun Over(
        Func<TestRunOptions, TestRunOutcome> program, IReadOnlyCollection<ReadOnlyMemory<byte>> packets, ReadOnlyMemory<byte> context = default, uint repeat = 1, uint warmUp = 0)
    {
        PacketRun run = new();
        if (warmUp > 0)
        {
            foreach (ReadOnlyMemory<byte> packet in packets)
                run.Call(program, packet, context, warmUp);
        }

        foreach (ReadOnlyMemory<byte> packet in packets)
        {
            run.Last = run.Call(program, packet, context, repeat);
            run._nanoseconds.Add(run.Last.Nanoseconds);
            run.ReturnValues[run.Last.ReturnValue] = run.ReturnValues.GetValueOrDefault(run.Last.ReturnValue) + 1;
        }

        return run;
    }

    private TestRunOutcome Call(Func<TestRunOptions, TestRunOutcome> program, ReadOnlyMemory<byte> packet, ReadOnlyMemory<byte> context, uint times)
    {
        long start = Stopwatch.GetTimestamp();
        TestRunOutcome outcome = program(new TestRunOptions { Data = packet, Context = context, Repeat = times });
        if (FirstRun == TimeSpan.Zero)
            FirstRun = Stopwatch.GetElapsedTime(start) - TimeSpan.FromMicroseconds(outcome.Nanoseconds * (times - 1d) / 1000);
        return outcome;
    }
}
