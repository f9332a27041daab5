using System.Buffers.Binary;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.FileSystem;

/// <summary>
/// The first opener after a restart of the machine: a durable store's counters may not have reached the disk,
/// so ids go on after the highest one that is in use.
/// </summary>
internal static class BootCheck
{
    internal static void Run(Store store)
    {
        Span<byte> bytes = stackalloc byte[16];
        _ = store.BootId.TryWriteBytes(bytes);
        (ulong, ulong) boot = (BinaryPrimitives.ReadUInt64LittleEndian(bytes), BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]));
        if (store.State is null || store.State.BootId == boot)
            return;
        int lockFile = ReferenceLock.OpenFile(store.Directories.Root, create: true);
        if (lockFile < 0 || OfdLock.Exclusive(lockFile, ReferenceLock.SetUpByte) < 0)
        {
            // Nothing is lost: a used id is never given again (its file exists), only looked for from the start.
            if (lockFile >= 0)
                _ = Posix.Close(lockFile);
            return;
        }

        if (store.State.BootId != boot)
        {
            foreach (ObjectKind kind in StoreDirectories.Kinds)
            {
                IReadOnlyList<uint> ids = store.Ids(kind);
                if (ids.Count > 0)
                    store.State.RaiseId(kind, ids[^1]);
                Volatile.Write(ref store.State.SweepPosition(kind), 0);
            }

            Hooks.HookLinks.PurgeAll(store);

            // Their pages may not have reached the disk either.
            QuotaCensus.RecountIfLimited(store);
            store.State.BootId = boot;
        }

        _ = Posix.Close(lockFile);
    }
}
