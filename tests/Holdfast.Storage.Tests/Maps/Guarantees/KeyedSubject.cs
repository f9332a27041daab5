using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps;
using Holdfast.Storage.Maps.PerCpu;

namespace Holdfast.Storage.Tests.Maps.Guarantees;

/// <summary>Maps of keys and values.</summary>
internal class KeyedSubject(string name, MapType type, bool durable, uint valueSize = 104, uint capacity = 8) : MapSubject(name)
{
    // Few buckets, so that chains have a middle; two more entries fit in.
    protected uint Capacity { get; } = capacity;

    protected uint Present => Capacity - 2;

    protected MapType Type { get; } = type;

    protected bool IsDurable { get; } = durable;

    protected uint ValueSize { get; } = valueSize;

    public override IReadOnlyDictionary<string, Func<SharedMap, Action>> Operations => new Dictionary<string, Func<SharedMap, Action>>
    {
        ["insert"] = map => () => map.Update(Key(map, Present), Value(map, Present, 2), UpdateFlags.Any),
        ["insert what must not exist"] = map => () => map.Update(Key(map, Present + 1), Value(map, Present + 1, 2), UpdateFlags.NoExist),
        ["replace the first"] = map => () => map.Update(Key(map, 0), Value(map, 0, 2), UpdateFlags.Exist),
        ["replace the last"] = map => () => map.Update(Key(map, Present - 1), Value(map, Present - 1, 2), UpdateFlags.Any),
        ["delete the first"] = map => () => map.Delete(Key(map, 0)),
        ["delete the last"] = map => () => map.Delete(Key(map, Present - 1)),
        ["take out"] = map => () => map.LookupAndDelete(Key(map, 2), new byte[map.ValueBufferSize]),
    };

    public override TestMap Create() => Create(Capacity);

    /// <summary>A map of the kind with more room.</summary>
    public virtual TestMap Create(uint entries) => TestMap.Create(Type, 4, ValueSize, entries, durable: IsDurable ? true : null);

    public override void Fill(SharedMap map)
    {
        for (uint key = 0; key < Present; key++)
            Assert.Equal(0, map.Update(Key(map, key), Value(map, key, 1), UpdateFlags.Any));
    }

    public override string Contents(SharedMap map)
    {
        Dictionary<uint, ulong> found = [];
        Dictionary<string, uint> numbers = Enumerable.Range(0, (int)Math.Max(200, Capacity + 4)).ToDictionary(number => Convert.ToHexString(Key(map, (uint)number)), number => (uint)number);
        Errno failure = map.ReadEntries((key, value) =>
        {
            if (map is ArrayMap && !value.ContainsAnyExcept((byte)0))
                return Errno.None;
            uint number = numbers[Convert.ToHexString(key)];
            ulong? counter = Counter(value, number);
            Assert.True(counter is not null, $"key {number} is torn: {Convert.ToHexString(value)}");
            Assert.True(found.TryAdd(number, counter.Value), $"key {number} is there twice");
            return Errno.None;
        });
        Assert.Equal(Errno.None, failure);
        byte[] read = new byte[map.ValueBufferSize];
        foreach ((uint number, ulong counter) in found)
        {
            Assert.Equal(0, map.Lookup(Key(map, number), read));
            Assert.Equal(counter, Counter(read, number));
        }

        return string.Join(' ', found.OrderBy(entry => entry.Key).Select(entry => $"{entry.Key}={entry.Value}"));
    }

    public override void CheckAllUsable(TestMap map)
    {
        SharedMap shared = map.Shared;
        bool evicts = Type is MapType.LruHash or MapType.LruPerCpuHash;
        if (evicts)
        {
            // Until then what a dead writer left counts, and another entry goes for it.
            (shared as HashMap)?.Repair();
            (shared as PerCpuHash)?.Repair();
            _ = shared.Delete(Torture.Key(shared, Capacity));
        }

        // All that can be in it, and not one more.
        uint inserted = 0;
        for (uint key = 0; key < Capacity; key++)
        {
            int result = shared.Update(Key(shared, key), Value(shared, key, 3), UpdateFlags.Any);
            Assert.True(result == 0, $"{inserted} entries fit, then {(Errno)(-result)}");
            inserted++;
        }

        if (!evicts && shared is not (ArrayMap or PerCpuArray))
            Assert.True(shared.Update(Key(shared, Capacity), Value(shared, Capacity, 3), UpdateFlags.Any) < 0, "more entries fit than the map may have");
        Assert.Equal(Full(shared), Contents(shared));
        if ((shared as HashMap)?.Count is { } count)
            Assert.Equal(Capacity, count);
        if ((shared as PerCpuHash)?.Count is { } countOfSlots)
            Assert.Equal(Capacity, countOfSlots);
    }

    public override int Operate(SharedMap map, Random random)
    {
        if (map is HashMap hash && random.Next(160) == 0)
            hash.Repair();
        int keySize = (int)map.Attributes.KeySize, valueSize = map.ValueBufferSize;
        byte[] key = AnyKey(map, random), value = new byte[valueSize];
        switch (random.Next(9))
        {
            case 0:
                return map.Delete(key);
            case 1:
                return map.LookupAndDelete(key, value);
            case 2:
                return map.NextKey(random.Next(4) == 0 ? [] : key, new byte[keySize]);
            case 3:
                uint count = (uint)random.Next(1, 60);
                byte[] token = new byte[Math.Max(4, keySize)];
                random.NextBytes(token);
                return map.LookupBatch(random.Next(2) == 0 ? [] : token, token, new byte[count * keySize], new byte[count * valueSize], ref count, random.Next(4) == 0);
            case 4:
                int most = 1000;
                return -(int)map.ReadEntries((_, _) => --most == 0 ? Errno.EINTR : Errno.None);
            case 5:
                return map.Lookup(key, value);
            default:
                return map.Update(key, value, (UpdateFlags)random.Next(4));
        }
    }

    protected virtual byte[] Key(SharedMap map, uint number) => Torture.Key(map, number);

    protected virtual string Full(SharedMap map) => string.Join(' ', Enumerable.Range(0, (int)Capacity).Select(key => $"{key}=3"));

    protected virtual byte[] AnyKey(SharedMap map, Random random) => Key(map, (uint)random.Next((int)Capacity + 4));

    /// <summary>The counter of a whole value of a key; null if it is torn or another's.</summary>
    public virtual ulong? Counter(ReadOnlySpan<byte> value, uint key) => SelfVerifying.Read(value, key);

    public virtual byte[] Value(SharedMap map, uint key, ulong counter) => SelfVerifying.Value(map.ValueBufferSize, key, counter);
}
