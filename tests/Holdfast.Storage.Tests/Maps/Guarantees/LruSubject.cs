using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps;

namespace Holdfast.Storage.Tests.Maps.Guarantees;

/// <summary>Hash maps that evict: some entries go, one by one, and then another comes.</summary>
internal sealed class LruSubject(string name, MapType type, uint valueSize = 104, uint capacity = 8) : KeyedSubject(name, type, durable: false, valueSize, capacity)
{
    public override IReadOnlyDictionary<string, Func<SharedMap, Action>> Operations => new Dictionary<string, Func<SharedMap, Action>>(base.Operations)
    {
        ["insert into a full map"] = map => InsertMore(map, marks: 0),
        ["insert into a full map of which some are marked"] = map => InsertMore(map, marks: Capacity / 2),
        ["insert into a full map of which all are marked"] = map => InsertMore(map, marks: Capacity),
    };

    public override bool MayFollow(string found, string last, string before, string after)
    {
        if (base.MayFollow(found, last, before, after))
            return true;
        HashSet<string> now = [.. found.Split(' ')], common = [.. before.Split(' ')];
        common.IntersectWith(after.Split(' '));
        return last != after && now.IsSubsetOf(last.Split(' ')) && now.IsSupersetOf(common);
    }

    private Action InsertMore(SharedMap map, uint marks)
    {
        for (uint key = Present; key < Capacity; key++)
            Assert.Equal(0, map.Update(Torture.Key(map, key), Value(map, key, 1), UpdateFlags.NoExist));
        for (uint key = 0; key < marks; key++)
            Assert.Equal(0, map.Update(Torture.Key(map, key), Value(map, key, 2), UpdateFlags.Exist));
        return () => map.Update(Torture.Key(map, Capacity), Value(map, Capacity, 2), UpdateFlags.Any);
    }
}
