namespace Holdfast.Storage.Memory;

/// <summary>What a thread knows of its execution slot in one store: where it was last, and how many runs are nested in it now.</summary>
internal sealed class ThreadSlot
{
    [ThreadStatic]
    private static ThreadSlot? _first;

    private ThreadSlot? _next;

    /// <summary>The table that the slot is of.</summary>
    internal ExecutionSlots? Table { get; private set; }

    /// <summary>The slot that is held, or was held last.</summary>
    internal int Slot { get; set; }

    /// <summary>Runs in the slot, one within the other; 0 if the thread doesn't hold it.</summary>
    internal int Depth { get; set; }

    /// <summary>The calling thread's record for a table; one more only for a run inside a run of another store's, else reused.</summary>
    internal static ThreadSlot Of(ExecutionSlots table) => _first is { } first && first.Table == table && (first.Depth > 0 || first._next is null) ? first : Find(table);

    /// <summary>
    /// Two engines of one process on one store are one to the thread: a run of the second inside a run of the first has the first's slot,
    /// or two threads could wait for each other's.
    /// </summary>
    private static ThreadSlot Find(ExecutionSlots table)
    {
        ThreadSlot? idle = null;
        for (ThreadSlot? known = _first; known is not null; known = known._next)
        {
            if (known.Depth > 0 && known.Table!.StoreId == table.StoreId)
                return known;
            if (known.Depth == 0)
                idle = known.Table == table ? known : idle ?? known;
        }

        idle ??= _first = new ThreadSlot { _next = _first };
        if (idle.Table != table)
        {
            idle.Table = table;
            idle.Slot = 0; // a process that runs one program at a time is always on the same CPU; who finds it taken stays where it goes
        }

        return idle;
    }
}
