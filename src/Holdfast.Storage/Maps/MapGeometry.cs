using Holdfast.Isa.Abi;

namespace Holdfast.Storage.Maps;

/// <summary>What shapes of maps there are, and how many bytes each takes.</summary>
public static class MapGeometry
{
    /// <summary>Checks a shape and computes the length of its data.</summary>
    /// <param name="attributes">The shape.</param>
    /// <param name="dataLength">Bytes of the data region; sparse, so that only what is used costs memory.</param>
    /// <param name="reason">What is wrong, in one line; of no meaning if nothing is.</param>
    /// <returns>EINVAL, E2BIG or ENOMEM, as the kernel answers; EOPNOTSUPP: laid out by a development version.</returns>
    public static Errno TryCompute(in MapAttributes attributes, out long dataLength, out string? reason)
    {
        dataLength = 0;
        reason = $"the userspace engine does not keep {attributes.Type} maps; use the kernel engine";
        if (MapKind.Of(attributes.Type) is not { } kind)
            return Errno.EINVAL;
        reason = "map_extra has no meaning for this kind of map";
        if (attributes.Extra != 0 && attributes.Type != MapType.BloomFilter)
            return Errno.EINVAL;
        reason = "a development version of Holdfast made this hash map, whose layout is no longer read: export it with that version, and import it here";
        if (attributes.IsOutdated)
            return Errno.EOPNOTSUPP;
        Errno failure = kind.Check(attributes, out reason);
        if (failure == Errno.None)
            dataLength = kind.LengthOf(attributes);
        return failure;
    }
}
