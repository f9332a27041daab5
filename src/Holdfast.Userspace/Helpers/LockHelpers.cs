using System.Diagnostics;
using System.Runtime.CompilerServices;
using Holdfast.Execution;
using Holdfast.Isa.Abi;

namespace Holdfast.Userspace.Helpers;

/// <summary>
/// <c>bpf_spin_lock</c> in a map value: a word that is 0 or 1, as in the kernel. Between lock and unlock a program can call
/// nothing (the verifier sees to that), so it holds the lock for nanoseconds; one that is held for a second belongs to a process
/// that was killed in between, and is taken over.
/// </summary>
internal static unsafe class LockHelpers
{
    private const int SpinsBeforeYield = 100;

    /// <summary><c>bpf_spin_lock(lock)</c></summary>
    public static ulong Lock(RunContext context, ulong word, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        // The verifier proved an aligned lock within a map value.
        ref int state = ref Unsafe.AsRef<int>((void*)word);
        if (Interlocked.CompareExchange(ref state, 1, 0) != 0)
        {
            Wait(ref state);
        }

        return 0;
    }

    /// <summary><c>bpf_spin_unlock(lock)</c></summary>
    public static ulong Unlock(RunContext context, ulong word, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        Volatile.Write(ref Unsafe.AsRef<int>((void*)word), 0);
        return 0;
    }

    private static void Wait(ref int state)
    {
        long start = Stopwatch.GetTimestamp();
        for (int spins = 0; Interlocked.CompareExchange(ref state, 1, 0) != 0; spins++)
        {
            if (spins < SpinsBeforeYield)
            {
                Thread.SpinWait(10);
            }
            else if (Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(1))
            {
                Thread.Yield();
            }
            else
            {
                return;
            }
        }
    }

    public static HelperTable AddTo(HelperTable table) => table
        .With(HelperId.SpinLock, &Lock)
        .With(HelperId.SpinUnlock, &Unlock);
}
