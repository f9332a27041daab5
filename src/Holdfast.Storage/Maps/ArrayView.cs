namespace Holdfast.Storage.Maps;

/// <summary>An array's memory, for generated code that looks up without a call.</summary>
public readonly unsafe struct ArrayView
{
    internal ArrayView(byte* elements, uint stride, uint maxEntries, uint* readyChunks, int chunkShift)
    {
        Elements = elements;
        Stride = stride;
        MaxEntries = maxEntries;
        ReadyChunks = readyChunks;
        ChunkShift = chunkShift;
    }

    /// <summary>The first element.</summary>
    public byte* Elements { get; }

    /// <summary>Bytes from one element to the next.</summary>
    public uint Stride { get; }

    /// <summary>Number of elements.</summary>
    public uint MaxEntries { get; }

    /// <summary>Bitmap of the chunks that can be touched.</summary>
    public uint* ReadyChunks { get; }

    /// <summary>log2 of a chunk's size in bytes.</summary>
    public int ChunkShift { get; }
}
