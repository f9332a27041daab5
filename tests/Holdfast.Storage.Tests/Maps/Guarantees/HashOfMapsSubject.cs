using System.Buffers.Binary;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps;

namespace Holdfast.Storage.Tests.Maps.Guarantees;

/// <summary>Hashes of maps. Ids are numbers here; who keeps the references is tested with the engine.</summary>
internal sealed class HashOfMapsSubject() : KeyedSubject("hash_of_maps", MapType.HashOfMaps, durable: false, valueSize: sizeof(uint))
{
    private const int CounterShift = 16;

    protected override ulong? Counter(ReadOnlySpan<byte> value, uint key)
    {
        uint id = BinaryPrimitives.ReadUInt32LittleEndian(value);
        return (id & 0xffff) == key ? id >> CounterShift : null;
    }

    protected override byte[] Value(SharedMap map, uint key, ulong counter) => BitConverter.GetBytes(key | ((uint)counter << CounterShift));
}
