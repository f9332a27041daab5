using System.Runtime.CompilerServices;

namespace Holdfast.Storage.Maps;

/// <content>Whether a durable map has changed since a snapshot.</content>
public sealed unsafe partial class HashMap
{
    private const int ChangesOffset = 0;
    private const int AddressedOffset = 12;
    private const ulong Salt = 0x6368616E676573; // so that a map that never changed has no 0

    /// <inheritdoc/>
    private protected override ulong Changes => ChangesOfParts;

    /// <summary>As <see cref="Changes"/>, for a map that keeps its values in this one.</summary>
    internal ulong ChangesOfParts => Volatile.Read(ref Addressed) != 0 ? 0 : Volatile.Read(ref LastChange) ^ Salt;

    // Safe: both are in the control block, which is mapped and was reserved at creation. On the line of the allocator's lock, which the change has taken.
    private ref ulong LastChange => ref *(ulong*)(Data + ChangesOffset);

    private ref uint Addressed => ref *(uint*)(Data + AddressedOffset);

    /// <summary>
    /// Says that the map has changed, behind the store that changed a chain. What is stored is the difference of the bucket's digests: the parts of what came
    /// and went, which are of one use of one element's memory, had once. So writers under locks of different buckets need no order: whichever
    /// stores last, no snapshot before has that word.
    /// </summary>
    private void NoteDifference(ulong difference) => Volatile.Write(ref LastChange, difference);

    /// <summary>Before a program is given an address for the first time: from now on the word says nothing.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void MarkFirst(HashElement* element)
    {
        Volatile.Write(ref Addressed, 1);
        Interlocked.Or(ref element->Mark, HashElement.Loose);
    }

    /// <summary>
    /// After a restart of the machine: memory that the allocator's page says was never used may hold uses that were lost, their locks and versions with them.
    /// The next use starts from nothing: unlocked, and with a version that no bucket on an older page names.
    /// </summary>
    private void ClearUnused(uint used)
    {
        for (uint index = used; index < _layout.Capacity && _elementChunks.IsReady(_placement.OffsetOf(index), _stride); index++)
            new Span<byte>(Element(index), (int)_stride).Clear();
    }

    /// <summary>After a restart of the machine: what was kept of later than the snapshot is a change, and the page of the word may be older than it.</summary>
    private void RestartChanges(bool areAddressed)
    {
        Volatile.Write(ref LastChange, (ulong)Random.Shared.NextInt64());
        Volatile.Write(ref Addressed, areAddressed ? 1u : 0);
    }
}
