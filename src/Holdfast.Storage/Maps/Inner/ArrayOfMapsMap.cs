using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps.Inner;

/// <summary>BPF_MAP_TYPE_ARRAY_OF_MAPS: maps' ids.</summary>
public sealed class ArrayOfMapsMap : IdArrayMap
{
    internal ArrayOfMapsMap(in MapAttributes attributes, MappedFile file, int descriptor, long dataOffset)
        : base(attributes, file, descriptor, dataOffset, ObjectKind.Map)
    {
    }

    /// <summary>Slots can be read and written in batches, not emptied.</summary>
    /// <param name="command">One of the four batch commands.</param>
    /// <returns>Whether it has.</returns>
    public override bool HasBatch(BpfCommand command) => command is BpfCommand.MapLookupBatch or BpfCommand.MapUpdateBatch;

    /// <inheritdoc/>
    public override int LookupBatch(
        ReadOnlySpan<byte> inBatch, Span<byte> outBatch, Span<byte> keys, Span<byte> values, ref uint count, bool andDelete) =>
        andDelete ? -(int)Errno.ENOTSUPP : GenericBatch.Lookup(this, inBatch, outBatch, keys, values, ref count);
}
