using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;
using static Tmds.Linux.LibC;

namespace Holdfast.Storage.FileSystem;

/// <summary>The file <c>state</c>: one page of words that processes of the store's owner share and change atomically.</summary>
internal sealed class StoreState : IDisposable
{
    private const int VersionWord = 0;
    internal const int BootIdWords = 16;
    internal const int NextIdWords = 64;
    private const int SweepWords = 128;
    private const int IncompatWord = 192;
    private const int MountsWord = 200;
    private const int MountsChangingWord = 208;

    private readonly SharedPage _page;

    private StoreState(SharedPage page) => _page = page;

    /// <summary>Incompat bits of all objects ever made here: who makes the first such object sets its bits here first.</summary>
    internal ulong ObjectIncompat => Volatile.Read(ref _page.Word(IncompatWord));

    /// <summary>Changes whenever a directory is mounted or unmounted.</summary>
    internal ulong MountGeneration => Volatile.Read(ref _page.Word(MountsWord));

    /// <summary>Whether somebody mounts or unmounts, or was killed doing so.</summary>
    internal bool AreMountsChanging
    {
        get => Volatile.Read(ref _page.Word(MountsChangingWord)) != 0;
        set => Volatile.Write(ref _page.Word(MountsChangingWord), value ? 1UL : 0);
    }

    /// <summary>The boot that the counters were last checked in.</summary>
    internal (ulong Low, ulong High) BootId
    {
        get => (Volatile.Read(ref _page.Word(BootIdWords)), Volatile.Read(ref _page.Word(BootIdWords + 8)));
        set
        {
            Volatile.Write(ref _page.Word(BootIdWords), value.Low);
            Volatile.Write(ref _page.Word(BootIdWords + 8), value.High);
        }
    }

    /// <summary>Whether the store has a quota. This is all that a creation without one pays.</summary>
    internal bool HasQuota => Volatile.Read(ref _page.Word(QuotaLayout.ActiveWord)) != 0;

    /// <summary>A word of the store's quotas; see <see cref="QuotaLayout"/>.</summary>
    internal ref ulong QuotaWord(int offset) => ref _page.Word(offset);

    /// <summary>Makes the file; the caller holds the store's set-up lock.</summary>
    internal static int Create(int root)
    {
        // What is there was left by a killed builder, or put there by somebody else to have us write elsewhere.
        int left = Posix.Unlink(root, "state\0"u8);
        if (left < 0 && left != -ENOENT)
            return left;
        int descriptor = Posix.OpenAt(root, "state\0"u8, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0x180);
        if (descriptor < 0)
            return descriptor;
        byte[] page = new byte[SharedPage.Length];
        page[VersionWord] = 1;
        int result = Posix.Write(descriptor, page, 0);
        _ = Posix.Close(descriptor);
        return result;
    }

    /// <summary>Maps the file of a store that this user owns.</summary>
    internal static Errno TryOpen(int root, out StoreState? state)
    {
        state = null;
        int descriptor = OpenFile(root, Posix.EffectiveUser());
        if (descriptor < 0)
            return (Errno)(-descriptor);
        Errno errno = SharedPage.TryMap(descriptor, out SharedPage? page);
        _ = Posix.Close(descriptor);
        if (page is not null)
            state = new StoreState(page);
        return errno;
    }

    /// <summary>Opens the file for reading and writing.</summary>
    /// <param name="root">The store's directory.</param>
    /// <param name="owner">Whose file it must be.</param>
    /// <returns>The descriptor; or <c>-EINVAL</c>, … .</returns>
    internal static int OpenFile(int root, uint owner)
    {
        int descriptor = Posix.OpenAt(root, "state\0"u8, O_RDWR | O_NOFOLLOW | O_NONBLOCK);
        if (descriptor < 0)
            return descriptor;
        int result = Posix.Stat(descriptor, out FileStatus status);

        // A second name or another owner: it is not the file that we made, and to write to it could change somebody's file elsewhere.
        if (result == 0 && (!status.IsRegular || status.Length < SharedPage.Length || status.Links != 1 || status.User != owner))
            result = -EINVAL;
        if (result == 0)
            return descriptor;
        _ = Posix.Close(descriptor);
        return result;
    }

    /// <summary>The next id of a kind: cyclic from 1 to 2³¹ − 1 as the kernel's, unique while the counter doesn't come round.</summary>
    internal uint NextId(ObjectKind kind) =>
        (uint)((Interlocked.Increment(ref Counter(kind)) - 1) % int.MaxValue) + 1;

    /// <summary>The id that was given last.</summary>
    internal ulong LastId(ObjectKind kind) => Volatile.Read(ref Counter(kind));

    /// <summary>Makes ids of a kind go on after one that was found in use.</summary>
    internal void RaiseId(ObjectKind kind, uint used)
    {
        ref ulong counter = ref Counter(kind);
        ulong seen = Volatile.Read(ref counter);
        while (seen < used)
        {
            ulong before = Interlocked.CompareExchange(ref counter, used, seen);
            if (before == seen)
                return;
            seen = before;
        }
    }

    /// <summary>Where the last bounded sweep of a kind stopped.</summary>
    internal ref ulong SweepPosition(ObjectKind kind) => ref _page.Word(SweepWords + (8 * (int)kind));

    /// <summary>Notes that objects with incompat bits exist, so that no older library sweeps here any more.</summary>
    internal void NoteIncompat(ulong bits) => Interlocked.Or(ref _page.Word(IncompatWord), bits);

    /// <summary>Tells other processes that mounts have changed.</summary>
    internal void NoteMountsChanged() => Interlocked.Increment(ref _page.Word(MountsWord));

    /// <inheritdoc/>
    public void Dispose() => _page.Dispose();

    private ref ulong Counter(ObjectKind kind) => ref _page.Word(NextIdWords + (8 * (int)kind));
}
