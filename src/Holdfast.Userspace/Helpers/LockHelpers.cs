using System.Diagnostics;
using System.Runtime.CompilerServices;
using Holdfast.Execution;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps;

namespace Holdfast.Userspace.Helpers;

/// <summary>
/// <c>bpf_spin_lock</c> in a map value: the lock that BPF_F_LOCK takes too, in whichever process. Between lock and unlock a program can call
/// nothing (the verifier sees to that), so it holds the lock for microseconds.
/// </summary>
internal static unsafe class LockHelpers
{
    private const int SpinsBeforeYield = 100;

    /// <summary><c>bpf_spin_lock(lock)</c></summary>
    public static ulong Lock(RunContext context, ulong word, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        // The verifier proved an aligned lock within a map value.
        if (!ValueLocks.TryEnter((uint*)word))
            EnterLocally(ref Unsafe.AsRef<int>((void*)word));
        return 0;
    }

    /// <summary><c>bpf_spin_unlock(lock)</c></summary>
    public static ulong Unlock(RunContext context, ulong word, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        if (!ValueLocks.TryExit((uint*)word))
            Volatile.Write(ref Unsafe.AsRef<int>((void*)word), 0);
        return 0;
    }

    /// <summary>
    /// A word in no map whose header names locks in its values: such a map's types and header disagree, which no map created here does. The word
    /// excludes this process's threads all the same, and one that nobody gives back within a second is taken.
    /// </summary>
    private static void EnterLocally(ref int state)
    {
        long start = Stopwatch.GetTimestamp();
        for (int spins = 0; Interlocked.CompareExchange(ref state, 1, 0) != 0; spins++)
        {
            if (spins < SpinsBeforeYield)
                Thread.SpinWait(10);
            else if (Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(1))
                Thread.Yield();
            else
                return;
        }
    }

    public static HelperTable AddTo(HelperTable table) => table
        .With(HelperId.SpinLock, &Lock)
        .With(HelperId.SpinUnlock, &Unlock);
}
