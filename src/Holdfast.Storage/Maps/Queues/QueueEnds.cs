namespace Holdfast.Storage.Maps.Queues;

/// <summary>Both ends of a queue or stack, as one word of shared memory holds them: below its number of slots, whoever wrote them.</summary>
internal readonly struct QueueEnds
{
    private readonly uint _slots;

    private QueueEnds(uint head, uint tail, uint slots)
    {
        Head = head;
        Tail = tail;
        _slots = slots;
    }

    /// <summary>The slot that the next element goes to.</summary>
    public uint Head { get; }

    /// <summary>The slot of the oldest element.</summary>
    public uint Tail { get; }

    /// <summary>Number of elements.</summary>
    public uint Count => Head >= Tail ? Head - Tail : _slots - Tail + Head;

    /// <summary>The word.</summary>
    public ulong Word => Head | ((ulong)Tail << 32);

    /// <summary>Reads the word; ends that no writer makes are those of an empty map.</summary>
    public static QueueEnds Read(ref ulong place, uint slots) => Of(Volatile.Read(ref place), slots);

    /// <summary>As <see cref="Read"/>, of a word that was read.</summary>
    public static QueueEnds Of(ulong word, uint slots)
    {
        uint head = (uint)word, tail = (uint)(word >> 32);
        return head < slots && tail < slots ? new(head, tail, slots) : new(0, 0, slots);
    }

    /// <summary>With an element at the head.</summary>
    public QueueEnds WithOneMore() => new(After(Head), Tail, _slots);

    /// <summary>Without the element at the tail.</summary>
    public QueueEnds WithoutOldest() => new(Head, After(Tail), _slots);

    /// <summary>Without the element before the head.</summary>
    public QueueEnds WithoutNewest() => new(Before(Head), Tail, _slots);

    /// <summary>The slot after one.</summary>
    public uint After(uint slot) => slot + 1 == _slots ? 0 : slot + 1;

    /// <summary>The slot before one.</summary>
    public uint Before(uint slot) => slot == 0 ? _slots - 1 : slot - 1;
}
