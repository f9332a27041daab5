using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;
using static Tmds.Linux.LibC;

namespace Holdfast.Storage.FileSystem;

/// <summary>
/// The file <c>lock</c>. Byte 0: held shared while references change, exclusively while cycles are traced. Byte 1: the collector.
/// Byte 2: set-up of the store. Byte 3: who mounts and unmounts. Byte 4: quotas; held shared while an object comes or goes, exclusively
/// while all are counted. Byte 5: who syncs. Bytes from <see cref="ReferrerBase"/>: whose references change.
/// Locks belong to open file descriptions, so threads of this process are kept apart by monitors and counted.
/// </summary>
internal sealed class ReferenceLock : IDisposable
{
    internal const long ReferencesByte = 0;
    internal const long CollectorByte = 1;
    internal const long SetUpByte = 2;
    internal const long MountsByte = 3;
    internal const long QuotaByte = 4;
    internal const long SyncByte = 5;
    internal const long ReferrerBase = 1L << 40;

    private readonly SharedByte _references;
    private readonly object[] _stripes = [.. Enumerable.Range(0, 64).Select(static _ => new object())];
    private readonly int _descriptor;

    private ReferenceLock(int descriptor)
    {
        _descriptor = descriptor;
        _references = new SharedByte(descriptor, ReferencesByte);
        Quota = new SharedByte(descriptor, QuotaByte);
    }

    /// <summary>Held shared while an object that a quota counts comes or goes.</summary>
    internal SharedByte Quota { get; }

    /// <summary>Opens the lock file, making it where the caller may.</summary>
    internal static Errno TryOpen(int root, bool create, out ReferenceLock? result)
    {
        int descriptor = OpenFile(root, create);
        result = descriptor < 0 ? null : new ReferenceLock(descriptor);
        return descriptor < 0 ? (Errno)(-descriptor) : Errno.None;
    }

    /// <summary>Opens a description of its own, for an exclusive lock.</summary>
    internal static int OpenFile(int root, bool create) =>
        Posix.OpenAt(root, "lock\0"u8, O_RDWR | O_NOFOLLOW | (create ? O_CREAT : 0), 0x180);

    /// <summary>References may change until <see cref="LeaveShared"/>; waits for a running trace of cycles.</summary>
    internal Errno EnterShared() => (Errno)(-_references.Enter());

    /// <summary>Ends <see cref="EnterShared"/>.</summary>
    internal void LeaveShared() => _references.Leave();

    /// <summary>Nobody else changes this referrer's references until <see cref="LeaveReferrer"/> on the same thread.</summary>
    internal Errno EnterReferrer(ObjectKey referrer)
    {
        Monitor.Enter(Stripe(referrer));
        int result = OfdLock.Exclusive(_descriptor, ByteOf(referrer));
        if (result < 0)
            Monitor.Exit(Stripe(referrer));
        return (Errno)(-result);
    }

    /// <summary>Ends <see cref="EnterReferrer"/>.</summary>
    internal void LeaveReferrer(ObjectKey referrer)
    {
        _ = OfdLock.Release(_descriptor, ByteOf(referrer));
        Monitor.Exit(Stripe(referrer));
    }

    /// <inheritdoc/>
    public void Dispose() => _ = Posix.Close(_descriptor);

    private static long ByteOf(ObjectKey key) => ReferrerBase + ((long)key.Kind << 32) + key.Id;

    private object Stripe(ObjectKey key) => _stripes[key.GetHashCode() & (_stripes.Length - 1)];
}
