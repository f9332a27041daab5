using Holdfast.Execution;
using Holdfast.Storage.Maps;
using Holdfast.Userspace.Programs;
using Holdfast.Verifier;

namespace Holdfast.Userspace.Maps;

/// <summary>
/// A prog array as programs use it. A program that another process put into a slot is verified and compiled at its first use
/// here, once; after that a tail call costs a read of the slot and a look into this table.
/// </summary>
internal sealed class RuntimeSlots(MapDescription description, ProgArrayInstance owner, ProgArrayMap slots) : RuntimeProgArray(description), IDisposable
{
    private readonly Lock _lock = new();
    private volatile Entry?[] _entries = [];

    /// <inheritdoc/>
    public override ExecutableProgram? Resolve(uint index)
    {
        uint id = slots.IdAt(index);
        if (id == 0)
            return null;
        Entry?[] entries = _entries;
        return index < (uint)entries.Length && entries[index] is { } entry && entry.Id == id ? entry.Program : Open(index, id);
    }

    /// <summary>Gives back the programs that were opened. The last program that may run through the array is gone.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            foreach (Entry? entry in _entries)
                entry?.Instance?.RemoveUser();
            _entries = [];
        }
    }

    private ExecutableProgram? Open(uint index, uint id)
    {
        lock (_lock)
        {
            Entry?[] entries = _entries;
            if (index < (uint)entries.Length && entries[index] is { } known && known.Id == id)
                return known.Program;
            ProgramInstance? opened = owner.Open(id);
            ExecutableProgram? ready = null;
            // What can't run here leaves the slot as good as empty: the tail call falls through, as with any failure of it.
            // Another process may have written any id: a program of another type would take its context for something else.
            bool runs = opened is not null && opened.Verified.Type.Type == owner.UserType && opened.TryPrepare(out ready, out _);
            Entry?[] larger = new Entry?[Math.Max(entries.Length, (int)index + 1)];
            entries.CopyTo(larger, 0);
            larger[index]?.Instance?.RemoveUser();
            larger[index] = new Entry(id, runs ? ready : null, opened);
            _entries = larger;
            return runs ? ready : null;
        }
    }

    private sealed record Entry(uint Id, ExecutableProgram? Program, ProgramInstance? Instance);
}
