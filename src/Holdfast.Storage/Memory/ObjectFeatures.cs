namespace Holdfast.Storage.Memory;

/// <summary>
/// Feature bits of stores and objects. A reader may ignore unknown compat bits, must not write past unknown ro-compat bits,
/// and must not open what has unknown incompat bits.
/// </summary>
/// <param name="Compat">Bits that any reader and writer may ignore.</param>
/// <param name="ReadOnlyCompat">Bits that a reader may ignore and a writer may not.</param>
/// <param name="Incompat">Bits that nobody may ignore.</param>
internal readonly record struct ObjectFeatures(ulong Compat, ulong ReadOnlyCompat, ulong Incompat)
{
    /// <summary>Incompat bit of a store's state only: somebody has seen objects that a newer version made.</summary>
    internal const ulong NewerSeen = 1;

    /// <summary>Incompat bit of maps: laid out for recovery after a power loss (<c>MapObjectAttributes.DurableData</c>).</summary>
    internal const ulong DurableMap = 2;

    /// <summary>Incompat bit of hash maps: buckets that grow, with stripes of locks (<c>MapObjectAttributes.StripedData</c>).</summary>
    internal const ulong StripedHash = 4;

    /// <summary>Incompat bit of hooks: a kind of object that version 1 has not, and whose links must leave its list when they are freed.</summary>
    internal const ulong Hook = 8;

    /// <summary>What this library knows beyond version 1.</summary>
    internal static ObjectFeatures Known => new(0, 0, DurableMap | StripedHash | Hook);

    /// <summary>Whether something may not be opened at all.</summary>
    internal bool HasUnknownIncompat => (Incompat & ~Known.Incompat) != 0;

    /// <summary>Whether something may only be read.</summary>
    internal bool HasUnknownReadOnlyCompat => (ReadOnlyCompat & ~Known.ReadOnlyCompat) != 0;
}
