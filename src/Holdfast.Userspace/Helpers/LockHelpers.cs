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
    /// <summary><c>bpf_spin_lock(lock)</c></summary>
    public static ulong Lock(RunContext context, ulong word, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        // The verifier proved an aligned lock within a map value.
        ValueLocks.Enter((uint*)word);
        return 0;
    }

    /// <summary><c>bpf_spin_unlock(lock)</c></summary>
    public static ulong Unlock(RunContext context, ulong word, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        ValueLocks.Exit((uint*)word);
        return 0;
    }

    public static HelperTable AddTo(HelperTable table) => table
        .With(HelperId.SpinLock, &Lock)
        .With(HelperId.SpinUnlock, &Unlock);
}
