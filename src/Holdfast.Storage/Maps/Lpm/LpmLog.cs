using System.Runtime.InteropServices;

namespace Holdfast.Storage.Maps.Lpm;

/// <summary>
/// The redo log of a trie's writers, who hold its lock: what an operation stores, word by word, in absolute values. A death before
/// <see cref="Commit"/> leaves the map as it was; after it, whoever takes the lock over stores the rest, and twice is as once.
/// </summary>
internal sealed unsafe class LpmLog(byte* data, Func<long, bool> mayTouch)
{
    /// <summary>Bytes in the control block.</summary>
    public const int Bytes = 16 + (Capacity * EntryBytes);

    private const int Capacity = 15;
    private const int EntryBytes = 16;

    private uint _count;

    /// <summary>Called before each store to shared memory: tests die there.</summary>
    internal static Action? Interceptor { get; set; }

    // Safe: the log lies in the control block, which is mapped and was reserved at creation.
    private ref uint Committed => ref *(uint*)(data + LpmLayout.LogOffset);

    /// <summary>Begins an operation's list.</summary>
    public void Begin() => _count = 0;

    /// <summary>Adds a store.</summary>
    public void Add(void* word, uint value)
    {
        if (_count == Capacity)
            throw new System.Diagnostics.UnreachableException("an operation on a trie stores more words than its log holds");
        Entry* entry = EntryAt(_count++);
        Interceptor?.Invoke();
        entry->Place = (byte*)word - data;
        entry->Value = value;
    }

    /// <summary>From here on the operation is done, whoever completes it.</summary>
    public void Commit()
    {
        Interceptor?.Invoke();
        Volatile.Write(ref Committed, _count);
        Apply(_count);
    }

    /// <summary>Completes what a dead writer committed.</summary>
    /// <returns>Whether there was anything.</returns>
    public bool Complete()
    {
        uint count = Math.Min(Volatile.Read(ref Committed), Capacity);
        Apply(count);
        return count != 0;
    }

    /// <summary>Forgets what was committed.</summary>
    public void Clear() => Volatile.Write(ref Committed, 0);

    private void Apply(uint count)
    {
        for (uint at = 0; at < count; at++)
        {
            Interceptor?.Invoke();
            Entry entry = *EntryAt(at);
            // Somebody else may have written the log: nothing is stored outside of what is mapped and there.
            if (entry.Place >= 0 && entry.Place % sizeof(uint) == 0 && mayTouch(entry.Place))
                Volatile.Write(ref *(uint*)(data + entry.Place), entry.Value);
        }

        Interceptor?.Invoke();
        Volatile.Write(ref Committed, 0);
    }

    private Entry* EntryAt(uint at) => (Entry*)(data + LpmLayout.LogOffset + 16 + (at * EntryBytes));

    [StructLayout(LayoutKind.Sequential, Size = EntryBytes)]
    private struct Entry
    {
        public long Place;
        public uint Value;
    }
}
