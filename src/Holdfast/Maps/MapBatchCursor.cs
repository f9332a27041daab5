namespace Holdfast;

/// <summary>How far a walk in batches has come (<c>in_batch</c> and <c>out_batch</c> of bpf(2)). A new one starts at the beginning.</summary>
public sealed class MapBatchCursor
{
    private byte[] _here = [];
    private byte[] _next = [];

    /// <summary>Whether the last batch has been read.</summary>
    public bool AtEnd { get; internal set; }

    /// <summary>What the next command goes on from; empty at the beginning.</summary>
    internal ReadOnlySpan<byte> Here => _here;

    /// <summary>Room for where the next command stops.</summary>
    /// <param name="size">Size of the map's position: a bucket number of 4 bytes, or a key.</param>
    internal Span<byte> Next(int size) => _next.Length == size ? _next : _next = new byte[size];

    /// <summary>The command succeeded: what it left in <see cref="Next"/> is where the following one starts.</summary>
    internal void Advance() => (_here, _next) = (_next, _here);
}
