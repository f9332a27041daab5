using System.Runtime.CompilerServices;

namespace Holdfast.Storage.Maps;

/// <summary>
/// What a thing at a place adds to the digest of a whole map: a sum modulo 2⁶⁴, so that a change adds what came and subtracts what went. Each
/// part is a hash of all that counts, keyed by a random word of the map's: sets of things that differ have the same sum with a chance of 2⁻⁶⁴,
/// whatever values were chosen by those who don't know the key. Who may write the file knows it, and may write anything anyhow.
/// </summary>
internal static unsafe class ContentDigest
{
    /// <summary>
    /// Added to the digest of a map that is being filled from a snapshot: what it holds on the way has no such digest, so a death there leaves a map
    /// that is filled again.
    /// </summary>
    public const ulong Unproven = 0x556E70726F76656E;

    /// <summary>As below, of private bytes.</summary>
    public static ulong PartOf(ulong key, ulong place, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
            return PartOf(key, place, start, bytes.Length);
    }

    /// <summary>A thing's part.</summary>
    /// <param name="key">The map's key.</param>
    /// <param name="place">Where it is, which use of the memory it is, and the like.</param>
    /// <param name="bytes">Its bytes; the caller vouches for the length.</param>
    /// <param name="length">How many.</param>
    public static ulong PartOf(ulong key, ulong place, byte* bytes, int length)
    {
        // Each step maps the state one to one: things that differ in one word only never have the same part.
        ulong state = Step(key ^ (uint)length, place);
        for (; length >= sizeof(ulong); bytes += sizeof(ulong), length -= sizeof(ulong))
            state = Step(state, Unsafe.ReadUnaligned<ulong>(bytes));
        ulong rest = 0;
        for (int shift = 0; length > 0; bytes++, length--, shift += 8)
            rest |= (ulong)*bytes << shift;
        state = Step(state, rest) * 0xBF58476D1CE4E5B9;
        state = (state ^ (state >> 27)) * 0x94D049BB133111EB;
        return state ^ (state >> 31);
    }

    private static ulong Step(ulong state, ulong word)
    {
        state = (state ^ word) * 0x9E3779B97F4A7C15;
        return state ^ (state >> 32);
    }
}
