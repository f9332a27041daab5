namespace Holdfast.Storage.Maps;

/// <summary>
/// <c>bpf_spin_lock</c> in the values of maps, as programs take it: by its address. The word holds the lease of its holder, as any lock in a map
/// (<c>docs/on-disk-format.md</c>), so which map it is in must be known: the maps of this process whose values have locks are kept here, by address.
/// </summary>
public static unsafe class ValueLocks
{
    private static readonly Lock Changes = new();
    private static (nuint Start, nuint End, SharedMap Map)[] _maps = [];

    /// <summary>Takes a lock, and waits while somebody living has it, but not for ever: see <see cref="SharedMap.EnterValue"/>.</summary>
    /// <param name="word">Its address, in a value that <see cref="SharedMap.LookupPointer"/> gave.</param>
    /// <returns>False if the address is in no such map: then nothing is locked.</returns>
    public static bool TryEnter(uint* word)
    {
        SharedMap? map = Find(word);
        map?.EnterValue(word);
        return map is not null;
    }

    /// <summary>Gives a lock back.</summary>
    /// <param name="word">Its address.</param>
    /// <returns>False if the address is in no such map.</returns>
    public static bool TryExit(uint* word)
    {
        SharedMap? map = Find(word);
        map?.ExitValue(word);
        return map is not null;
    }

    internal static void Add(SharedMap map, byte* start, long length)
    {
        lock (Changes)
            Volatile.Write(ref _maps, [.. _maps.Append(((nuint)start, (nuint)(start + length), map)).OrderBy(static range => range.Item1)]);
    }

    internal static void Remove(SharedMap map)
    {
        lock (Changes)
            Volatile.Write(ref _maps, [.. _maps.Where(range => range.Map != map)]);
    }

    /// <summary>The map whose values an address is in, or null.</summary>
    private static SharedMap? Find(uint* word)
    {
        (nuint Start, nuint End, SharedMap Map)[] maps = Volatile.Read(ref _maps);
        int low = 0, high = maps.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            if ((nuint)word < maps[middle].Start)
                high = middle - 1;
            else if ((nuint)word >= maps[middle].End)
                low = middle + 1;
            else
                return maps[middle].Map;
        }

        return null;
    }
}
