namespace Holdfast.Isa.Abi;

/// <summary>The values of an array, mapped into this process. Not to be used once it is disposed.</summary>
public interface IMapMemory : IDisposable
{
    /// <summary>Bytes mapped: whole pages.</summary>
    long Length { get; }

    /// <summary>Bytes of the mapping; storing into one that was made for reading ends the process.</summary>
    /// <param name="offset">Where they begin.</param>
    /// <param name="length">How many.</param>
    /// <returns>The bytes, as everybody sees them.</returns>
    /// <exception cref="ArgumentOutOfRangeException">They aren't all inside.</exception>
    /// <exception cref="ObjectDisposedException">It is disposed.</exception>
    Span<byte> Slice(long offset, int length);
}
