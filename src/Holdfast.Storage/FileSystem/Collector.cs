using System.Diagnostics;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;
using static Tmds.Linux.LibC;

namespace Holdfast.Storage.FileSystem;

/// <summary>
/// Frees what nothing refers to: orphans of plain <c>rm</c> and of killed processes, and cycles.
/// What can't be read or understood is live, and so is all it may refer to.
/// </summary>
public sealed class Collector
{
    private readonly Store _store;

    internal Collector(Store store) => _store = store;

    /// <summary>Examines a bounded number of objects for orphans, going on where the last sweep of any process stopped. Waits for nobody.</summary>
    /// <param name="budget">Most objects to examine.</param>
    /// <returns>What was done.</returns>
    public CollectorStatistics Sweep(int budget)
    {
        CollectorStatistics statistics = new() { WhyNot = _store.Reclaimer.WhyNot };
        if (statistics.WhyNot is not null || _store.State is null)
            return statistics;
        // What a kind doesn't use of its share is for those before it: maps, of which there are most, come last.
        for (int kinds = StoreDirectories.Kinds.Length; kinds > 0; kinds--)
            budget -= SweepKind(StoreDirectories.Kinds[kinds - 1], Math.Max(budget / kinds, 1), statistics);
        return statistics;
    }

    /// <summary>A full run: all orphans, then cycles. Changes of references wait meanwhile; reading, pinning and running don't.</summary>
    /// <param name="contents">Reads what objects refer to; null trusts the references as they are.</param>
    /// <returns>What was done.</returns>
    public CollectorStatistics Collect(ReferenceReader? contents = null)
    {
        long start = Stopwatch.GetTimestamp();
        CollectorStatistics statistics = new() { WhyNot = _store.Reclaimer.WhyNot };
        if (statistics.WhyNot is not null)
            return statistics;
        MountChange.Mend(_store);
        int lockFile = ReferenceLock.OpenFile(_store.Directories.Root, create: _store.State is not null);
        if (lockFile < 0)
        {
            statistics.WhyNot = $"its lock can't be opened: {StorageErrors.Reason((Errno)(-lockFile))}";
            return statistics;
        }

        if (OfdLock.TryExclusive(lockFile, ReferenceLock.CollectorByte) < 0)
            statistics.WasBusy = true;
        else
        {
            CollectLocked(lockFile, contents, statistics);
            QuotaCensus.RecountIfLimited(_store);
        }

        _ = Posix.Close(lockFile);
        statistics.WhyNot ??= _store.Reclaimer.WhyNot;
        statistics.Duration = Stopwatch.GetElapsedTime(start);
        return statistics;
    }

    private void CollectLocked(int lockFile, ReferenceReader? contents, CollectorStatistics statistics)
    {
        StoreSurvey survey = new(_store, contents, statistics);
        if (!survey.Run())
            return;
        ExamineMany(survey.Orphans, statistics);

        // What they referred to has lost names.
        if (statistics.Freed > 0)
            survey.ForgetLinks();

        if (OfdLock.Exclusive(lockFile, ReferenceLock.ReferencesByte) < 0)
            return;
        List<ObjectKey> released = new CycleCollector(_store, survey, statistics).Run(contents);
        _ = OfdLock.Release(lockFile, ReferenceLock.ReferencesByte);
        ExamineMany(new Stack<ObjectKey>(released), statistics);
    }

    /// <summary>
    /// Examines many, under one shared lock of the store instead of one for each that may refer. Nobody waits for it: only a trace takes
    /// that lock exclusively, and the one collector that may trace is this one.
    /// </summary>
    private void ExamineMany(Stack<ObjectKey> orphans, CollectorStatistics statistics)
    {
        bool shared = _store.References?.EnterShared() == Errno.None;
        Examine(orphans, statistics);
        if (shared)
            _store.References!.LeaveShared();
    }

    private void Examine(Stack<ObjectKey> released, CollectorStatistics statistics)
    {
        while (released.TryPop(out ObjectKey key))
            Count(_store.Reclaimer.Examine(key, released), statistics);
    }

    private static void Count(Reclaimer.Outcome outcome, CollectorStatistics statistics)
    {
        switch (outcome)
        {
            case Reclaimer.Outcome.Freed:
                statistics.Freed++;
                break;
            case Reclaimer.Outcome.Unreadable:
                statistics.Unreadable++;
                break;
            case Reclaimer.Outcome.NotUnderstood:
                statistics.NotUnderstood++;
                break;
        }
    }

    private int SweepKind(ObjectKind kind, int budget, CollectorStatistics statistics)
    {
        if (DirectoryReader.TryOpen(_store.Directories.Of(kind), ".\0"u8, out DirectoryReader? reader) != Errno.None)
            return 0;
        using (reader)
        {
            long position = (long)Volatile.Read(ref _store.State!.SweepPosition(kind));
            if (position != 0)
                reader!.Seek(position);
            Stack<ObjectKey> released = new();
            bool more = true;
            int count = 0;
            for (; count < budget && (more = reader!.MoveNext()); count++)
            {
                position = reader.Position;
                if (!ObjectKey.TryParseId(reader.Name, out uint id))
                    continue;
                statistics.Examined++;
                released.Push(new ObjectKey(kind, id));
                Examine(released, statistics);
            }

            Volatile.Write(ref _store.State.SweepPosition(kind), more ? (ulong)position : 0);
            return count;
        }
    }
}
