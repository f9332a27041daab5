using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps;

namespace Holdfast.Userspace.Maps;

/// <summary>The fast path to a map's shared memory, for one descriptor. Reads go straight; writes ask whether the map is frozen.</summary>
internal sealed class DirectMap(MapInstance map, SharedMap shared, bool mayWrite) : IDirectMap
{
    /// <inheritdoc/>
    public DirectReader DirectReader => shared.DirectReader;

    /// <inheritdoc/>
    public int Update(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, UpdateFlags flags) =>
        MayWrite ? Noted(shared.Update(key, value, flags)) : MapAccessRules.Denied("writing");

    /// <inheritdoc/>
    public int Delete(ReadOnlySpan<byte> key) => MayWrite ? Noted(shared.Delete(key)) : MapAccessRules.Denied("writing");

    private int Noted(int result)
    {
        if (result == 0)
            shared.NoteChange();
        return result;
    }

    private bool MayWrite => mayWrite && !shared.IsFrozen && map.IsWritable;
}
