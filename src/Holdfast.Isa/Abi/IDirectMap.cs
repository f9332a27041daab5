namespace Holdfast.Isa.Abi;

/// <summary>
/// An engine's fast path to a map: the element commands of bpf(2) without building an attribute. It is optional, and gives the
/// same answers. All results are zero or a negated <see cref="Errno"/>; nothing is allocated.
/// </summary>
public interface IDirectMap
{
    /// <summary>What looks up.</summary>
    DirectReader DirectReader { get; }

    /// <summary>BPF_MAP_UPDATE_ELEM.</summary>
    /// <param name="key">Key, of the map's key size.</param>
    /// <param name="value">Value, of the map's value size.</param>
    /// <param name="flags">Create, replace, or both.</param>
    /// <returns>Zero, or the negated <see cref="Errno"/>.</returns>
    int Update(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, UpdateFlags flags);

    /// <summary>BPF_MAP_DELETE_ELEM.</summary>
    /// <param name="key">Key, of the map's key size.</param>
    /// <returns>Zero, or the negated <see cref="Errno"/>.</returns>
    int Delete(ReadOnlySpan<byte> key);
}
