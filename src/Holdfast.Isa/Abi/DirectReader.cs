namespace Holdfast.Isa.Abi;

/// <summary>An engine's fast path to a map's values, chosen for the map once: a class and not an interface, since calls through it cost less.</summary>
public abstract class DirectReader
{
    /// <summary>BPF_MAP_LOOKUP_ELEM.</summary>
    /// <param name="key">Key, of the map's key size.</param>
    /// <param name="value">Receives the value; of the map's value size (all slots, for per-CPU maps).</param>
    /// <returns>Zero, or the negated <see cref="Errno"/>.</returns>
    public abstract int Lookup(ReadOnlySpan<byte> key, Span<byte> value);
}
