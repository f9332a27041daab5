using System.Buffers.Binary;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps;
using Holdfast.Storage.Maps.Stacks;

namespace Holdfast.Storage.Tests.Maps.Guarantees;

/// <summary>Stack traces: a stack is its number, and as many multiples of it as it has frames.</summary>
internal sealed class StackSubject() : MapSubject("stack_trace")
{
    private const uint Capacity = 12;
    private const int Depth = 13;
    private const ulong Present = 5;

    public override bool OutlivesRestart => false;

    public override IReadOnlyDictionary<string, Func<SharedMap, Action>> Operations { get; } = new Dictionary<string, Func<SharedMap, Action>>
    {
        ["note"] = map => With(FreeStack(map), number => Add(map, number, replaces: false)),
        ["note again"] = map => () => Add(map, 2, replaces: false),
        ["note in another's place"] = map => With(CollidingStack(map), number => Add(map, number, replaces: true)),
        ["delete"] = map => With(Ids(map)[^1], id => map.Delete(id)),
        ["take out"] = map => With(Ids(map)[0], id => map.LookupAndDelete(id, new byte[Depth * 8])),
    };

    public override TestMap Create() => TestMap.Create(MapType.StackTrace, 4, Depth * 8, Capacity);

    public override void Fill(SharedMap map)
    {
        for (ulong number = 1; number <= Present; number++)
            Add(map, number, replaces: false);
    }

    public override string Contents(SharedMap map)
    {
        List<ulong> found = [];
        foreach (byte[] id in Ids(map))
        {
            byte[] value = new byte[Depth * 8];
            Assert.Equal(0, map.Lookup(id, value));
            ulong number = BinaryPrimitives.ReadUInt64LittleEndian(value);
            byte[] expected = new byte[Depth * 8];
            ulong[] frames = Stack(number);
            for (int at = 0; at < frames.Length; at++)
                BinaryPrimitives.WriteUInt64LittleEndian(expected.AsSpan(at * 8), frames[at]);
            Assert.True(value.AsSpan().SequenceEqual(expected), $"torn: {Convert.ToHexString(value)}");
            found.Add(number);
        }

        Assert.Equal(found.Count, found.Distinct().Count());
        return string.Join(' ', found.Order());
    }

    public override void CheckAllUsable(TestMap map)
    {
        SharedMap shared = map.Shared;
        foreach (byte[] id in Ids(shared))
            Assert.Equal(0, shared.Delete(id));

        // Twelve stacks in sixteen places, whatever was there.
        HashSet<int> ids = [];
        ulong number = 100;
        for (; ids.Count < Capacity; number++)
        {
            int id = ((StackTraceMap)shared).Add(Stack(number), comparesHashes: false, replaces: false);
            Assert.True(id >= 0 ? ids.Add(id) : id == -(int)Errno.EEXIST, $"{ids.Count} stacks fit, then {(Errno)(-id)}");
        }

        int result;
        do
            result = ((StackTraceMap)shared).Add(Stack(number++), comparesHashes: false, replaces: false);
        while (result == -(int)Errno.EEXIST);
        Assert.Equal(-(int)Errno.ENOMEM, result);
        Assert.Equal(Capacity, (uint)Ids(shared).Count);
    }

    public override int Operate(SharedMap map, Random random)
    {
        byte[] id = SelfVerifying.Key((uint)random.Next(18));
        return random.Next(7) switch
        {
            0 => map.Delete(id),
            1 => map.LookupAndDelete(id, new byte[Depth * 8]),
            2 => map.NextKey(random.Next(4) == 0 ? [] : id, new byte[4]),
            3 => -(int)map.ReadEntries((_, _) => Errno.None),
            4 => map.Lookup(id, new byte[Depth * 8]),
            _ => Math.Min(0, ((StackTraceMap)map).Add(Stack((ulong)random.Next(1, 40)), random.Next(2) == 0, random.Next(2) == 0)),
        };
    }

    private static ulong[] Stack(ulong number) => [.. Enumerable.Range(1, 1 + (int)(number % Depth)).Select(frame => number * (ulong)frame)];

    private static Action With<T>(T prepared, Action<T> run) => () => run(prepared);

    private static int Add(SharedMap map, ulong number, bool replaces) => ((StackTraceMap)map).Add(Stack(number), comparesHashes: false, replaces);

    /// <summary>The first stack whose place is free.</summary>
    private static ulong FreeStack(SharedMap map) => Search(map, static result => result >= 0);

    private static ulong CollidingStack(SharedMap map) => Search(map, static result => result == -(int)Errno.EEXIST);

    private static ulong Search(SharedMap map, Func<int, bool> wanted)
    {
        for (ulong number = Present + 1; ; number++)
        {
            int result = Add(map, number, replaces: false);
            if (result >= 0)
                Assert.Equal(0, map.Delete(SelfVerifying.Key((uint)result)));
            if (wanted(result))
                return number;
        }
    }

    private static List<byte[]> Ids(SharedMap map)
    {
        List<byte[]> ids = [];
        byte[] next = new byte[4];
        for (byte[] key = []; map.NextKey(key, next) == 0; key = [.. next])
            ids.Add([.. next]);
        return ids;
    }
}
