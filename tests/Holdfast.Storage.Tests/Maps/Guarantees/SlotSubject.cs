using System.Buffers.Binary;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps;

namespace Holdfast.Storage.Tests.Maps.Guarantees;

/// <summary>Arrays of ids: prog arrays and arrays of maps. Ids are numbers here; who keeps the references is tested with the engine.</summary>
internal sealed class SlotSubject(MapType type) : MapSubject(type == MapType.ProgArray ? "prog_array" : "array_of_maps")
{
    private const uint Capacity = 8;

    public override IReadOnlyDictionary<string, Func<SharedMap, Action>> Operations { get; } = new Dictionary<string, Func<SharedMap, Action>>
    {
        ["set"] = map => () => ((IdArrayMap)map).Exchange(7, 70, out _),
        ["replace"] = map => () => ((IdArrayMap)map).Exchange(1, 71, out _),
        ["empty"] = map => () => ((IdArrayMap)map).Exchange(2, 0, out _),
    };

    public override TestMap Create() => TestMap.Create(type, 4, 4, Capacity);

    public override void Fill(SharedMap map)
    {
        for (uint index = 0; index < Capacity - 1; index++)
            Assert.Equal(Errno.None, ((IdArrayMap)map).Exchange(index, 10 + index, out _));
    }

    public override string Contents(SharedMap map)
    {
        List<string> found = [];
        Assert.Equal(Errno.None, map.ReadEntries((key, value) =>
        {
            found.Add($"{BinaryPrimitives.ReadUInt32LittleEndian(key)}={BinaryPrimitives.ReadUInt32LittleEndian(value)}");
            return Errno.None;
        }));
        return string.Join(' ', found);
    }

    public override void CheckAllUsable(TestMap map)
    {
        for (uint index = 0; index < Capacity; index++)
            Assert.Equal(Errno.None, ((IdArrayMap)map.Shared).Exchange(index, 3, out _));
        Assert.Equal(string.Join(' ', Enumerable.Range(0, (int)Capacity).Select(index => $"{index}=3")), Contents(map.Shared));
    }

    public override int Operate(SharedMap map, Random random)
    {
        byte[] key = SelfVerifying.Key((uint)random.Next(12));
        return random.Next(4) switch
        {
            0 => map.Lookup(key, new byte[4]),
            1 => map.NextKey(key, new byte[4]),
            2 => -(int)map.ReadEntries((_, _) => Errno.None),
            _ => -(int)((IdArrayMap)map).Exchange(BinaryPrimitives.ReadUInt32LittleEndian(key), (uint)random.Next(3), out _),
        };
    }
}
