using System.Runtime.InteropServices;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace Holdfast.Storage.Memory;

/// <summary>futex(2) on words shared between processes.</summary>
internal static unsafe class Futex
{
    private const int OperationWait = 0;
    private const int OperationWake = 1;
    private static readonly int Number = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 202 : 98;

    /// <summary>Sleeps while the word has this value, until a wake-up, a signal or the time is over.</summary>
    internal static void Wait(uint* word, uint value, int nanoseconds)
    {
        timespec timeout = default;
        timeout.tv_nsec = nanoseconds;
        _ = syscall(Number, word, OperationWait, (int)value, &timeout, null, 0);
    }

    /// <summary>Wakes all who sleep on the word.</summary>
    internal static void WakeAll(uint* word) => _ = syscall(Number, word, OperationWake, int.MaxValue, null, null, 0);
}
