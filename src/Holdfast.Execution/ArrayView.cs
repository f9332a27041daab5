namespace Holdfast.Execution;

/// <summary>
/// An array map's memory, so that the JIT can inline lookups: the element of index <c>i &lt; MaxEntries</c> is at
/// <c>Base + i * Stride</c>, if its chunk is ready. The addresses must stay valid for as long as the map object lives.
/// </summary>
public readonly unsafe struct ArrayView
{
    /// <summary>Address of element 0.</summary>
    public required byte* Base { get; init; }

    /// <summary>Bytes from one element to the next.</summary>
    public required uint Stride { get; init; }

    /// <summary>Number of elements, of each execution slot if it is a per-CPU array.</summary>
    public required uint MaxEntries { get; init; }

    /// <summary>
    /// Of a per-CPU array the number of execution slots, else 0. A lookup by a run that holds none of them goes to <see cref="RuntimeMap.Lookup"/>.
    /// </summary>
    public uint Slots { get; init; }

    /// <summary>Of a per-CPU array bytes from one slot's element 0 to the next one's: element <c>i</c> of slot <c>s</c> is <c>s * SlotStride</c> further on.</summary>
    public ulong SlotStride { get; init; }

    /// <summary>
    /// One bit for each chunk, set once its memory is reserved (bit <c>n &amp; 31</c> of the 32-bit word <c>n &gt;&gt; 5</c>, where
    /// <c>n</c> is the element's distance from <see cref="Base"/> <c>&gt;&gt; ChunkShift</c>), or null if all of it always is. An element must not span chunks: else give no view.
    /// A lookup that finds the bit clear goes to <see cref="RuntimeMap.Lookup"/>.
    /// </summary>
    public uint* ReadyChunks { get; init; }

    /// <summary>Logarithm of the chunk's bytes.</summary>
    public int ChunkShift { get; init; }
}
