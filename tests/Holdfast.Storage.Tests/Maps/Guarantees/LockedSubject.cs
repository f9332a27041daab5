using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps;

namespace Holdfast.Storage.Tests.Maps.Guarantees;

/// <summary>Maps with a <c>bpf_spin_lock</c> in their values, which others read under the lock: an update under it is done in place.</summary>
internal sealed class LockedSubject(string name, MapType type, bool durable) : KeyedSubject(name, type, durable, DataSize + sizeof(ulong))
{
    private const uint DataSize = 96;

    public override IReadOnlyDictionary<string, Func<SharedMap, Action>> Operations => new Dictionary<string, Func<SharedMap, Action>>(base.Operations)
    {
        ["replace the first under its lock"] = map => () => map.Update(Torture.Key(map, 0), Value(map, 0, 2), UpdateFlags.Lock),
        ["replace the last under its lock"] = map => () => map.Update(Torture.Key(map, Present - 1), Value(map, Present - 1, 2), UpdateFlags.Lock | UpdateFlags.Exist),
        ["insert under the lock"] = map => () => map.Update(Torture.Key(map, Present), Value(map, Present, 2), UpdateFlags.Lock),
        ["look up under the lock"] = map => () => map.LookupLocked(Torture.Key(map, 1), new byte[map.ValueBufferSize]),
        ["take out under the lock"] = map => () => map.LookupAndDeleteLocked(Torture.Key(map, 2), new byte[map.ValueBufferSize]),
    };

    public override TestMap Create(uint entries) => TestMap.Create(Type, 4, ValueSize, entries, durable: IsDurable ? true : null, lockAt: (int)DataSize);

    public override string Contents(SharedMap map)
    {
        // Each under its lock: what a dead one had begun in place is complete then, and what is read without it after that is whole.
        byte[] value = new byte[map.ValueBufferSize];
        for (uint key = 0; key < Capacity; key++)
            Assert.True(map.LookupLocked(Torture.Key(map, key), value) is 0 or -(int)Errno.ENOENT);
        return base.Contents(map);
    }

    public override ulong? Counter(ReadOnlySpan<byte> value, uint key) =>
        value[(int)DataSize..].ContainsAnyExcept((byte)0) ? null : SelfVerifying.Read(value[..(int)DataSize], key);

    public override byte[] Value(SharedMap map, uint key, ulong counter)
    {
        byte[] value = new byte[map.ValueBufferSize];
        SelfVerifying.Fill(value.AsSpan(0, (int)DataSize), key, counter);
        return value;
    }
}
