using System.Buffers.Binary;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;
using static Tmds.Linux.LibC;

namespace Holdfast.Storage.FileSystem;

/// <summary>
/// Counts all objects of a store, with the quotas' byte held exclusively so that none comes or goes meanwhile. It reads and writes the file
/// <c>state</c> through a descriptor, so that root can do it in another user's store without mapping that user's file.
/// </summary>
internal static class QuotaCensus
{
    /// <summary>Takes the quotas' byte exclusively, through a description of its own, within a bounded time.</summary>
    /// <returns>The descriptor, whose closing releases the byte; <c>-EAGAIN</c>, ….</returns>
    internal static int TryLock(Store store, int patience)
    {
        int descriptor = ReferenceLock.OpenFile(store.Directories.Root, create: store.State is not null);
        if (descriptor < 0)
            return descriptor;
        long deadline = Environment.TickCount64 + patience;
        int result;
        while ((result = OfdLock.TryExclusive(descriptor, ReferenceLock.QuotaByte)) == -EAGAIN && Environment.TickCount64 < deadline)
            Thread.Sleep(1);
        if (result == 0)
            return descriptor;
        _ = Posix.Close(descriptor);
        return result;
    }

    /// <summary>Counts anew if the store has a quota and nobody keeps the lock; for the collector, and after a restart.</summary>
    internal static void RecountIfLimited(Store store)
    {
        const int Patience = 1_000; // ms; the next to meet a limit counts if this one can't
        int state = StoreState.OpenFile(store.Directories.Root, store.Owner);
        bool isLimited = state >= 0 && Read(state, QuotaLayout.ActiveWord) != 0;
        if (state >= 0)
            _ = Posix.Close(state);
        int held = isLimited ? TryLock(store, Patience) : -1;
        if (held < 0)
            return;
        _ = Recount(store);
        _ = Posix.Close(held);
    }

    /// <summary>Counts anew. The caller holds the byte.</summary>
    /// <returns>Zero, or the negated error.</returns>
    internal static int Recount(Store store)
    {
        int state = StoreState.OpenFile(store.Directories.Root, store.Owner);
        if (state < 0)
            return state;
        int result = Recount(store, state);
        _ = Posix.Close(state);
        return result;
    }

    /// <summary>A word of <c>state</c>.</summary>
    internal static ulong Read(int state, int offset)
    {
        Span<byte> word = stackalloc byte[sizeof(ulong)];
        return Posix.Read(state, word, offset) == word.Length ? BinaryPrimitives.ReadUInt64LittleEndian(word) : 0;
    }

    /// <summary>Writes a word of <c>state</c>: aligned, and by one call.</summary>
    internal static int Write(int state, int offset, ulong value)
    {
        Span<byte> word = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(word, value);
        return Posix.Write(state, word, offset);
    }

    /// <summary>
    /// While the words are written, <see cref="QuotaLayout.EndedWord"/> differs from <see cref="QuotaLayout.BegunWord"/>: a death here is found as any
    /// other. What was freed without waiting for us raised the latter after we read it, and keeps the counts in doubt.
    /// </summary>
    private static int Recount(Store store, int state)
    {
        ulong begun = Read(state, QuotaLayout.BegunWord);
        ulong user = Read(state, QuotaLayout.UserWord);
        int result = Write(state, QuotaLayout.EndedWord, unchecked(begun - 1));
        Span<ulong> counts = stackalloc ulong[4];
        Count(store, user, counts);
        ReadOnlySpan<int> words =
        [
            QuotaLayout.StoreAccount + QuotaLayout.Objects,
            QuotaLayout.StoreAccount + QuotaLayout.Bytes,
            QuotaLayout.UserAccount + QuotaLayout.Objects,
            QuotaLayout.UserAccount + QuotaLayout.Bytes,
        ];
        for (int index = 0; index < words.Length && result == 0; index++)
            result = Write(state, words[index], counts[index]);
        if (result == 0)
            result = Write(state, QuotaLayout.CountedAtWord, Posix.BootTime());
        return result == 0 ? Write(state, QuotaLayout.EndedWord, begun) : result;
    }

    private static void Count(Store store, ulong user, Span<ulong> counts)
    {
        Span<byte> name = stackalloc byte[16];
        foreach (ObjectKind kind in StoreDirectories.Kinds)
        {
            foreach (uint id in store.Ids(kind))
            {
                ReadOnlySpan<byte> file = new ObjectKey(kind, id).FileName(name);
                if (Posix.StatAt(store.Directories.Of(kind), file, follow: false, out FileStatus status) < 0 || !status.IsRegular)
                    continue;
                counts[0]++;
                counts[1] += (ulong)status.Length;
                if (status.User != user)
                    continue;
                counts[2]++;
                counts[3] += (ulong)status.Length;
            }
        }
    }
}
