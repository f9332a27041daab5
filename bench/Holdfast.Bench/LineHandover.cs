using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Holdfast.Bench;

/// <summary>
/// What it takes now to hand a cache line from one processor to another and back. A host may put a guest's processors on one cache or on two, and move
/// them meanwhile: figures of two writers mean little without it.
/// </summary>
internal static unsafe class LineHandover
{
    private const int Rounds = 1000;
    private const int Batches = 200;
    private const int LineBytes = 128;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(0.1);

    /// <summary>Nanoseconds of the fastest batch: in others one of the two wasn't running.</summary>
    public static double RoundTrip()
    {
        uint* turn = (uint*)NativeMemory.AlignedAlloc(LineBytes, LineBytes);
        *turn = 0;
        long start = Stopwatch.GetTimestamp();
        double best = double.MaxValue;
        bool stopped = false;
        Thread other = new(() => Hand(turn, 1, Batches * Rounds, ref stopped));
        other.Start();
        for (int batch = 0; batch < Batches; batch++)
        {
            long began = Stopwatch.GetTimestamp();
            Hand(turn, 0, Rounds, ref stopped);
            best = Math.Min(best, Stopwatch.GetElapsedTime(began).TotalNanoseconds / Rounds);
            if (Stopwatch.GetElapsedTime(start) > Patience)
                break;
        }

        Volatile.Write(ref stopped, true);
        other.Join();
        NativeMemory.AlignedFree(turn);
        return best;
    }

    private static void Hand(uint* turn, uint mine, int rounds, ref bool stopped)
    {
        for (int round = 0; round < rounds; round++)
        {
            while (Volatile.Read(ref *turn) != mine)
            {
                if (Volatile.Read(ref stopped))
                    return;
            }

            Volatile.Write(ref *turn, 1 - mine);
        }
    }
}
