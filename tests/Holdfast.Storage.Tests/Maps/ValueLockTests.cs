using System.Diagnostics;
using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Maps;
using Holdfast.Storage.Memory;
using Holdfast.Storage.Tests.FileSystem;

namespace Holdfast.Storage.Tests.Maps;

/// <summary>Locks in values: what is never copied, who waits for whom and how long, and updates whose writer is killed.</summary>
[Collection(nameof(Alone))]
public sealed unsafe class ValueLockTests(ITestOutputHelper output)
{
    public const int Keys = 3;
    public const int ValueSize = DataSize + 8;
    private const int DataSize = 2000;

    public static TheoryData<MapType> Kinds => [MapType.Array, MapType.Hash];

    internal static void Fill(byte[] value, uint key, ulong counter) => SelfVerifying.Fill(value.AsSpan(0, DataSize), key, counter);

    internal static void CheckWhole(SharedMap map, uint key, byte[] value)
    {
        int result = map.LookupLocked(SelfVerifying.Key(key), value);
        if (result != 0 || SelfVerifying.Read(value.AsSpan(0, DataSize), key) is null || BitConverter.ToUInt32(value, DataSize) != 0)
            throw new InvalidOperationException($"key {key}: {(Errno)(-result)} {Convert.ToHexString(value)}");
    }

    /// <summary>Old or new, never torn, whoever dies at whatever moment. <c>HOLDFAST_TORTURE</c> sets the number of kills.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void Killed_updaters_leave_the_old_value_or_the_new(MapType type)
    {
        int kills = int.TryParse(Environment.GetEnvironmentVariable("HOLDFAST_TORTURE"), out int more) ? more : 12;
        using TestMap map = Create(type);
        string pin = map.Pin("locked");
        byte[] value = new byte[ValueSize];
        Random random = new();
        long reads = 0;
        Wait longest = default;
        Process[] updaters = [.. Enumerable.Range(0, 2).Select(_ => Start(map, pin, random))];
        for (int kill = 0; kill < kills; kill++)
        {
            ref Process victim = ref updaters[kill % 2];
            Assert.Equal("ready", victim.StandardOutput.ReadLine());
            long until = Stopwatch.GetTimestamp() + random.Next((int)(Stopwatch.Frequency / 100));
            for (; Stopwatch.GetTimestamp() < until; reads++)
                CheckWhole(map.Shared, (uint)(reads % Keys), value);
            victim.Kill();
            for (uint key = 0; key < Keys; key++)
                CheckWhole(map.Shared, key, value);

            // The promise is of the time from here on: before, the dying process may itself wait for a processor.
            victim.WaitForExit();
            for (uint key = 0; key < Keys; key++)
            {
                WaitClock clock = WaitClock.Start();
                CheckWhole(map.Shared, key, value);
                longest = longest.Or(clock.Read());
            }

            Assert.True(victim.ExitCode == 128 + 9, victim.StandardError.ReadToEnd());
            victim.Dispose();
            victim = Start(map, pin, random);
        }

        foreach (Process updater in updaters)
        {
            updater.Kill();
            updater.WaitForExit();
            updater.Dispose();
        }

        output.WriteLine($"torture: {type} with locks in values: {kills} kills, {reads} reads, longest wait after a kill {longest}");
        if (type == MapType.Hash)
        {
            map.Hash.Repair();
            Assert.Equal((uint)Keys, map.Hash.Count);
        }
    }

    /// <summary>A death half way through an update, as memory shows it: whoever gets the lock finds it complete.</summary>
    [Fact]
    public void What_a_dead_updater_of_an_array_declared_is_done()
    {
        using TestMap map = Create(MapType.Array);
        byte[] value = new byte[ValueSize], found = new byte[ValueSize];
        uint dead = DeadLease(map);
        Fill(value, 1, 77);
        ArrayLayout layout = ArrayLayout.For(map.Shared.Attributes);
        map.Poke(layout.RedoOffset, value);
        map.Poke(ArrayLayout.LockOffset, BitConverter.GetBytes(dead));
        map.Poke(ArrayLayout.RedoIndexOffset, BitConverter.GetBytes(2ul));
        byte* target = Pointer(map, 1);
        *(uint*)(target + DataSize) = dead;
        new Span<byte>(target, DataSize / 2).Fill(0xcc);
        Assert.True(ValueLocks.TryEnter((uint*)(target + DataSize)));
        Assert.Equal(77ul, SelfVerifying.Read(new ReadOnlySpan<byte>(target, DataSize), 1));
        Assert.True(ValueLocks.TryExit((uint*)(target + DataSize)));
        CheckWhole(map.Shared, 1, found);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_lock_is_never_copied(MapType type)
    {
        using TestMap map = Create(type);
        byte[] value = [.. Enumerable.Repeat((byte)0xff, ValueSize)], found = new byte[ValueSize];
        byte* target = Pointer(map, 1);
        uint* word = (uint*)(target + DataSize);
        Assert.Equal(0, map.Shared.Update(SelfVerifying.Key(1), value, UpdateFlags.Lock));
        Assert.Equal(0u, *word);
        Assert.True(target == Pointer(map, 1));
        Assert.Equal(0xff, target[0]);
        Assert.True(ValueLocks.TryEnter(word));
        Assert.NotEqual(0u, *word);
        Assert.Equal(0, map.Shared.Lookup(SelfVerifying.Key(1), found));
        Assert.Equal(0u, BitConverter.ToUInt32(found, DataSize));
        Assert.Equal(0xff, found[DataSize + 4]);
        Assert.Equal(0, map.Shared.Update(SelfVerifying.Key(1), found, UpdateFlags.Any));
        Assert.NotEqual(0u, *word);
        Assert.True(ValueLocks.TryExit(word));
        Assert.Equal(0u, *word);
        Assert.Equal(0u, *(uint*)(Pointer(map, 1) + DataSize));
    }

    /// <summary>A living holder is waited for, not for ever: a command is told, a program takes the lock, the holder's release then does nothing.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_living_holder_is_waited_for_within_bounds(MapType type)
    {
        using TestMap map = Create(type), other = map.Again();
        byte[] value = new byte[ValueSize];
        Fill(value, 1, 5);
        uint* word = (uint*)(Pointer(map, 1) + DataSize), theirs = (uint*)(Pointer(other, 1) + DataSize);
        LockPatience.Limit = 30;
        try
        {
            Assert.True(ValueLocks.TryEnter(theirs));
            Assert.Equal(-(int)Errno.EBUSY, map.Shared.LookupLocked(SelfVerifying.Key(1), value));
            Assert.Equal(-(int)Errno.EBUSY, map.Shared.Update(SelfVerifying.Key(1), value, UpdateFlags.Lock));
            Assert.Equal(0, map.Shared.LookupLocked(SelfVerifying.Key(2), value));
            Assert.True(ValueLocks.TryEnter(word));
            Assert.True(ValueLocks.TryExit(theirs));
            Assert.NotEqual(0u, *word);
            Assert.True(ValueLocks.TryExit(word));
            Assert.Equal(0, map.Shared.LookupLocked(SelfVerifying.Key(1), value));
        }
        finally
        {
            LockPatience.Limit = 10_000;
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Who_may_only_read_cannot_lock(MapType type)
    {
        using TestMap map = Create(type), reading = map.Again(ObjectAccess.ReadOnly);
        Assert.Equal(-(int)Errno.EPERM, reading.Shared.LookupLocked(SelfVerifying.Key(1), new byte[ValueSize]));
        Assert.Equal(0, reading.Shared.Lookup(SelfVerifying.Key(1), new byte[ValueSize]));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Operations_survive_a_scribbler(MapType type)
    {
        using TestMap map = Create(type);
        using FileStream file = new(map.Temporary.PathOf(map.File.Key), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        Random random = new(5);
        long from = ObjectHeaderLayout.LeaseTableOffset, length = map.File.Header.DataOffset + map.File.Header.DataLength - from;
        byte[] value = new byte[ValueSize], bytes = new byte[4];
        int answers = 0;
        LockPatience.Limit = 5;
        try
        {
            for (int operation = 0; operation < 20_000; operation++)
            {
                random.NextBytes(bytes);
                file.Position = from + random.NextInt64(random.Next(2) == 0 ? Math.Min(length - 4, 16_000) : length - 4);
                file.Write(bytes);
                byte[] key = SelfVerifying.Key((uint)random.Next(Keys));
                uint count = Keys;
                int result = random.Next(5) switch
                {
                    0 => map.Shared.LookupLocked(key, value),
                    1 => map.Shared.LookupAndDeleteLocked(key, value),
                    2 => map.Shared.LookupBatchLocked([], new byte[4], new byte[4 * Keys], new byte[ValueSize * Keys], ref count, andDelete: false),
                    _ => map.Shared.Update(key, value, UpdateFlags.Lock),
                };
                answers += result == 0 ? 1 : 0;
                fixed (byte* place = key)
                {
                    byte* target = map.Shared.LookupPointer(place);
                    if (target != null)
                    {
                        Assert.True(ValueLocks.TryEnter((uint*)(target + DataSize)));
                        Assert.True(ValueLocks.TryExit((uint*)(target + DataSize)));
                    }
                }
            }
        }
        finally
        {
            LockPatience.Limit = 10_000;
        }

        Assert.InRange(answers, 1, 20_000);
    }

    private static TestMap Create(MapType type)
    {
        TestMap map = TestMap.Create(type, 4, ValueSize, Keys, lockAt: DataSize);
        byte[] value = new byte[ValueSize];
        for (uint key = 0; key < Keys; key++)
        {
            Fill(value, key, 1);
            Assert.Equal(0, map.Shared.Update(SelfVerifying.Key(key), value, UpdateFlags.Any));
        }

        return map;
    }

    private static byte* Pointer(TestMap map, uint key)
    {
        byte* target = map.Shared.LookupPointer((byte*)&key);
        Assert.True(target != null);
        return target;
    }

    private static uint DeadLease(TestMap map)
    {
        using TestMap other = map.Again();
        uint* word = (uint*)(Pointer(other, 0) + DataSize);
        Assert.True(ValueLocks.TryEnter(word));
        uint lease = *word;
        Assert.True(ValueLocks.TryExit(word));
        return lease;
    }

    private static Process Start(TestMap map, string pin, Random random) =>
        Child.Start(nameof(ChildScenarios.LockedUpdater), map.Temporary.Store.Path, pin, random.Next().ToString());
}
