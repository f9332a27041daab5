using System.Diagnostics.CodeAnalysis;

namespace Holdfast.Execution;

/// <summary>
/// Numbers that stand for objects in eBPF registers. A number is an index and a generation, never an address: a stale or
/// forged one resolves to nothing. Objects are held weakly; whoever gives a number to a program keeps the object.
/// Reads take no lock.
/// </summary>
/// <typeparam name="T">What is stood for.</typeparam>
internal sealed class HandleTable<T>
    where T : class
{
    private readonly Lock _lock = new();
    private readonly Stack<int> _free = [];
    private Entry?[] _entries = new Entry?[16];
    private int _used;
    private uint _generation;

    /// <summary>Registers an object.</summary>
    /// <param name="target">The object.</param>
    /// <returns>A number other than 0, never given twice before 2^32 registrations.</returns>
    public ulong Register(T target)
    {
        lock (_lock)
        {
            if (!_free.TryPop(out int index))
            {
                index = _used++;
            }

            if (index == _entries.Length)
            {
                Entry?[] larger = new Entry?[index * 2];
                Array.Copy(_entries, larger, index);
                Volatile.Write(ref _entries, larger);
            }

            _generation = _generation == uint.MaxValue ? 1 : _generation + 1;
            Volatile.Write(ref _entries[index], new Entry(_generation, target));
            return ((ulong)_generation << 32) | (uint)index;
        }
    }

    /// <summary>Forgets a number.</summary>
    /// <param name="handle">What <see cref="Register"/> gave.</param>
    public void Release(ulong handle)
    {
        lock (_lock)
        {
            int index = (int)(uint)handle;
            if (_entries[index]?.Generation == (uint)(handle >> 32))
            {
                _entries[index] = null;
                _free.Push(index);
            }
        }
    }

    /// <summary>Finds the object behind a number.</summary>
    /// <param name="handle">Any number.</param>
    /// <param name="target">The object.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryResolve(ulong handle, [NotNullWhen(true)] out T? target)
    {
        Entry?[] entries = _entries;
        uint index = (uint)handle;
        if (index < (uint)entries.Length && entries[index] is { } entry && entry.Generation == (uint)(handle >> 32))
        {
            return entry.Target.TryGetTarget(out target);
        }

        target = null;
        return false;
    }

    private sealed class Entry(uint generation, T target)
    {
        public uint Generation { get; } = generation;

        public WeakReference<T> Target { get; } = new(target);
    }
}
