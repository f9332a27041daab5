namespace Holdfast.Execution;

/// <summary>Memory that a checked run may touch, besides its stack and the maps' values that lookups return.</summary>
public sealed class MemoryRegions
{
    private readonly List<(ulong Start, ulong Length, bool Writable, string Name)> _regions = [];

    /// <summary>Allows a range.</summary>
    /// <param name="name">What it is, for messages.</param>
    /// <param name="start">Its address.</param>
    /// <param name="length">Bytes.</param>
    /// <param name="writable">Whether it may be written.</param>
    public void Add(string name, nint start, int length, bool writable) =>
        _regions.Add(((ulong)start, (ulong)length, writable, name));

    /// <summary>Forgets all ranges.</summary>
    public void Clear() => _regions.Clear();

    /// <summary>Whether an access lies within one range.</summary>
    /// <param name="address">Its address.</param>
    /// <param name="size">Bytes.</param>
    /// <param name="write">Whether it writes.</param>
    /// <returns>Whether it is allowed.</returns>
    public bool Allows(ulong address, int size, bool write)
    {
        foreach ((ulong start, ulong length, bool writable, _) in _regions)
        {
            if (address - start <= length && length - (address - start) >= (ulong)size && address >= start && (writable || !write))
            {
                return true;
            }
        }

        return false;
    }
}
