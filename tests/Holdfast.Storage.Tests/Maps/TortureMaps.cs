using System.Runtime.InteropServices;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps;
using Holdfast.Storage.Maps.Bloom;
using Holdfast.Storage.Maps.PerCpu;
using Holdfast.Storage.Maps.Stacks;

namespace Holdfast.Storage.Tests.Maps;

/// <summary>The numbered keys of <see cref="Torture"/> in each kind of map: how the value with a counter is put in, found and read.</summary>
internal static class TortureMaps
{
    /// <summary>Puts a value in; zero, or the negated error.</summary>
    public static int Put(SharedMap map, uint key, ulong counter, byte[] value)
    {
        Fill(map, key, counter, value);
        return map switch
        {
            IdArrayMap slots => -(int)slots.Exchange(key, BitConverter.ToUInt32(value), out _),
            BloomMap => map.Update([], value, UpdateFlags.Any),
            StackTraceMap stacks => Math.Min(0, stacks.Add(Frames(value), comparesHashes: false, replaces: false)),
            _ => map.Update(Torture.Key(map, key), value, UpdateFlags.Any),
        };
    }

    public static int Delete(SharedMap map, uint key)
    {
        if (map is IdArrayMap slots)
            return -(int)slots.Exchange(key, 0, out _);
        return map.Delete(map is StackTraceMap stacks ? IdOf(stacks, key) : Torture.Key(map, key));
    }

    /// <summary>Looks a key up; of a filter, the value with this counter.</summary>
    public static int Find(SharedMap map, uint key, ulong counter, byte[] value)
    {
        if (map is BloomMap)
            Fill(map, key, counter, value);
        return map.Lookup(map is BloomMap ? [] : map is StackTraceMap stacks ? IdOf(stacks, key) : Torture.Key(map, key), value);
    }

    /// <summary>The counter of a whole value, of one in parts the oldest; null if it is torn or another's. All values of a stack are the same.</summary>
    public static ulong? Read(SharedMap map, uint key, ReadOnlySpan<byte> value)
    {
        if (map is not PerCpuArray array)
            return SelfVerifying.Read(value, key);
        ulong? oldest = ulong.MaxValue;
        int length = value.Length / array.Slots;
        for (int at = 0; at < value.Length && oldest is not null; at += length)
        {
            ReadOnlySpan<byte> part = value.Slice(at, length);
            ulong? counter = part.ContainsAnyExcept((byte)0) ? SelfVerifying.Read(part, key) : 0;
            oldest = counter is null ? null : Math.Min(oldest.Value, counter.Value);
        }

        return oldest;
    }

    private static void Fill(SharedMap map, uint key, ulong counter, byte[] value)
    {
        if (map is not PerCpuArray array)
        {
            SelfVerifying.Fill(value, key, map is StackTraceMap ? 1 : counter);
            return;
        }

        int length = value.Length / array.Slots;
        for (int at = 0; at < value.Length; at += length)
            SelfVerifying.Fill(value.AsSpan(at, length), key, counter);
    }

    private static byte[] IdOf(StackTraceMap stacks, uint key)
    {
        byte[] value = new byte[stacks.ValueBufferSize];
        Fill(stacks, key, 1, value);
        return SelfVerifying.Key(stacks.IdOf(Frames(value)));
    }

    private static ReadOnlySpan<ulong> Frames(ReadOnlySpan<byte> value) => MemoryMarshal.Cast<byte, ulong>(value);
}
