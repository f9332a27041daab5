using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps;
using Holdfast.Storage.Maps.PerCpu;

namespace Holdfast.Storage.Tests.Maps.Guarantees;

/// <summary>Per-CPU arrays: the value of each slot is whole, by itself.</summary>
internal sealed class PerCpuArraySubject() : KeyedSubject("percpu_array", MapType.PerCpuArray, durable: false)
{
    public override bool ChangesInParts => true;

    public override string Contents(SharedMap map)
    {
        List<string> found = [];
        int slots = ((PerCpuArray)map).Slots, length = map.ValueBufferSize / slots;
        byte[] value = new byte[map.ValueBufferSize];
        for (uint key = 0; key < Capacity; key++)
        {
            Assert.Equal(0, map.Lookup(Torture.Key(map, key), value));
            for (int slot = 0; slot < slots; slot++)
            {
                ReadOnlySpan<byte> part = value.AsSpan(slot * length, length);
                ulong? counter = part.ContainsAnyExcept((byte)0) ? SelfVerifying.Read(part, key) : 0;
                Assert.True(counter is not null, $"key {key}, slot {slot} is torn: {Convert.ToHexString(part)}");
                found.Add($"{key}.{slot}={counter}");
            }
        }

        return string.Join(' ', found);
    }

    protected override string Full(SharedMap map) =>
        string.Join(' ', Enumerable.Range(0, (int)Capacity).SelectMany(key => Enumerable.Range(0, ((PerCpuArray)map).Slots).Select(slot => $"{key}.{slot}=3")));

    public override byte[] Value(SharedMap map, uint key, ulong counter)
    {
        int slots = ((PerCpuArray)map).Slots, length = map.ValueBufferSize / slots;
        byte[] value = new byte[map.ValueBufferSize];
        for (int slot = 0; slot < slots; slot++)
            SelfVerifying.Fill(value.AsSpan(slot * length, length), key, counter);
        return value;
    }
}
