namespace Holdfast;

/// <summary>Reads a map's file: first its header, then entry by entry. What is wrong is thrown, in one line with its place.</summary>
internal interface IMapFileReader
{
    /// <summary>What the file says of the map.</summary>
    MapFileHeader Header { get; }

    /// <summary>Where the entry that was read last is.</summary>
    string Place { get; }

    /// <summary>Reads the next entry.</summary>
    /// <param name="key">Its key, until the next call.</param>
    /// <param name="value">Its value with all its parts, until the next call.</param>
    /// <returns>Whether there is one; if not, the file was whole.</returns>
    bool TryRead(out ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value);
}
