using System.Buffers.Binary;
using Holdfast.Isa.Abi;

namespace Holdfast.Tests.Engines;

/// <summary>What programs see of ring buffers, from a compiled object: the same on both engines.</summary>
public sealed class RingRuleTests
{
    public static TheoryData<string> Engines => EngineUnderTest.Names;

    [Theory]
    [MemberData(nameof(Engines))]
    public void RecordsAreWrittenInEveryWay(string name)
    {
        using RecordScene scene = new(name);
        using RingBuffer reader = RingBuffer.Open(scene.Object.Maps["ring"]);
        List<string> expected = [], found = [];
        for (int length = 60; length < 64; length++)
        {
            Assert.Equal(0, scene.Run("reserve", length));
            Assert.Equal(0, scene.Run("output", length));
            Assert.Equal(0, scene.Run("dynamic", length));
            Assert.Equal(0, scene.Run("two", length));
            ulong number = (ulong)(length - 60) * 5;
            if (length % 2 == 0)
                expected.Add($"{number + 1} 1 {length} of 16");
            expected.AddRange([$"{number + 2} 2 {length} of 16", $"{number + 3} 3 {length} of {length}", $"{number + 4} 4 {length} of 16", $"{number + 5} 4 {length} of 16"]);
        }

        Assert.True(reader.Wait(TimeSpan.FromSeconds(10)));
        reader.Consume(record =>
        {
            found.Add($"{BinaryPrimitives.ReadUInt64LittleEndian(record)} {record[8]} {record[12]} of {record.Length}");
            if (record[8] == 3)
                Assert.Equal([0, 1, 2, 3], record.Slice(16, 4).ToArray());
        });
        Assert.Equal(expected, found);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void QueriesTellThePositions(string name)
    {
        using RecordScene scene = new(name);
        using RingBuffer reader = RingBuffer.Open(scene.Object.Maps["ring"]);
        Assert.Equal([0, 4096, 0, 0, 0], scene.Queries());
        Assert.Equal(0, scene.Run("reserve", 61));
        Assert.Equal([24, 4096, 0, 24, 0], scene.Queries());
        Assert.False(reader.TryRead(out _));
        Assert.Equal([0, 4096, 24, 24, 0], scene.Queries());
        int[] sizes = [0, 1, 7, 8];
        ulong at = 24;
        foreach (int size in sizes)
        {
            Assert.Equal(0, scene.Run("odd", 64 + size));
            at += (ulong)((size + 15) & ~7);
            Assert.Equal((int)at, scene.Queries()[3]);
        }

        foreach (int size in sizes)
        {
            Assert.True(reader.TryRead(out ReadOnlySpan<byte> record));
            Assert.Equal(size, record.Length);
        }

        Assert.Equal((int)at - 16, scene.Queries()[2]); // the last one is still the reader's
        Assert.False(reader.TryRead(out _));
        Assert.Equal((int)at, scene.Queries()[2]);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void ARingIsNeverFilledToTheLastByte(string name)
    {
        using RecordScene scene = new(name);
        using RingBuffer reader = RingBuffer.Open(scene.Object.Maps["ring"]);
        Assert.Equal(-(int)Errno.EINVAL, scene.Run("dynamic", 4088 / 4));
        Assert.Equal(-(int)Errno.EINVAL, scene.Run("dynamic", 4096 / 4));
        Assert.Equal(0, scene.Run("dynamic", 4080 / 4));
        Assert.Equal(-(int)Errno.EAGAIN, scene.Run("output", 60));
        Assert.Equal(1, scene.Run("reserve", 60));
        Assert.Equal(1, reader.Consume(record => Assert.Equal(4080, record.Length)));
        Assert.Equal(0, scene.Run("dynamic", 2004 / 4));
        Assert.Equal(0, scene.Run("dynamic", 2004 / 4));
        Assert.Equal(2, reader.Consume(record => Assert.Equal(2004, record.Length)));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void ProgramsDrainWhatUserSpaceWrites(string name)
    {
        using RecordScene scene = new(name);
        using UserRingBuffer writer = UserRingBuffer.Open(scene.Object.Maps["commands"]);
        Assert.Equal(0, scene.Run("drain", 64));
        Assert.Throws<InvalidOperationException>(writer.Submit);
        for (ulong number = 1; number <= 10; number++)
            Assert.True(writer.TryWrite(BitConverter.GetBytes(number)));
        Assert.True(writer.TryReserve(100, out _));
        writer.Discard();
        Assert.True(writer.TryReserve(16, out Span<byte> record));
        Assert.Equal(16, record.Length);
        Assert.Equal(Errno.EINVAL, Assert.Throws<BpfException>(() => writer.TryWrite([1])).Errno);
        Assert.Equal(10, scene.Run("drain", 64));
        Assert.Equal((10ul, 55ul), scene.Sums());
        BinaryPrimitives.WriteUInt64LittleEndian(record, 45);
        writer.Submit();
        Assert.True(writer.TryWrite([1, 2, 3])); // too short for the program's eight bytes
        Assert.Equal(2, scene.Run("drain", 64));
        Assert.Equal((12ul, 1000100ul), scene.Sums());

        // The callback stops at a sample; the rest stays.
        scene.Set("stop_at", 14);
        for (ulong number = 0; number < 4; number++)
            Assert.True(writer.TryWrite(BitConverter.GetBytes(1ul)));
        Assert.Equal(2, scene.Run("drain", 64));
        Assert.Equal(2, scene.Run("drain", 64));
        scene.Set("drain_flags", 4);
        Assert.Equal(-(int)Errno.EINVAL, scene.Run("drain", 64));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task AWriterWaitsForRoom(string name)
    {
        using RecordScene scene = new(name);
        using UserRingBuffer writer = UserRingBuffer.Open(scene.Object.Maps["commands"]);
        Assert.Equal(Errno.E2BIG, Assert.Throws<BpfException>(() => writer.TryWrite(new byte[4089])).Errno);
        Assert.True(writer.TryWrite(new byte[4088]));
        Assert.False(writer.TryWrite([]));
        Assert.False(writer.Wait(TimeSpan.FromMilliseconds(1)));
        Task drained = Task.Run(async () =>
        {
            await Task.Delay(20);
            Assert.Equal(1, scene.Run("drain", 64));
        });
        Assert.True(writer.Wait(TimeSpan.FromSeconds(20)));
        await drained;
        Assert.True(writer.TryWrite(new byte[8]));
        for (int i = 0; i < 1000; i++)
        {
            Assert.True(writer.TryWrite(new byte[i]));
            Assert.Equal(i == 0 ? 2 : 1, scene.Run("drain", 64));
        }
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void RingsHaveNoElements(string name) => AnswerSheet.Check(name, "rings", sheet =>
    {
        foreach (MapType type in new[] { MapType.RingBuf, MapType.UserRingBuf })
        {
            foreach ((uint key, uint value, uint entries) in new[] { (0u, 0u, 4096u), (4u, 0u, 4096u), (0u, 4u, 4096u), (0u, 0u, 0u), (0u, 0u, 100u), (0u, 0u, 12288u), (0u, 0u, 65536u) })
                sheet.Add($"{type} {key} {value} {entries}", sheet.Bpf.MapCreate(type, key, value, entries));
            for (int bit = 0; bit < 18; bit++)
                sheet.Add($"{type} flag {bit}", sheet.Bpf.MapCreate(type, 0, 0, 4096, (MapFlags)(1u << bit)));
            int map = sheet.Bpf.MapCreate(type, 0, 0, 4096);
            foreach (byte[] bytes in new byte[][] { [], [1, 2, 3, 4] })
            {
                string what = $"{type} {(bytes.Length == 0 ? "no key" : "a key")}";
                sheet.Add($"{what} lookup", sheet.Bpf.MapLookup(map, bytes, new byte[4]));
                sheet.Add($"{what} update", sheet.Bpf.MapUpdate(map, bytes, new byte[4]));
                sheet.Add($"{what} delete", sheet.Bpf.MapDelete(map, bytes));
                sheet.Add($"{what} next key", sheet.Bpf.MapNextKey(map, bytes, new byte[4]));
                sheet.Add($"{what} lookup and delete", sheet.Bpf.MapLookupAndDelete(map, bytes, new byte[4]));
            }

            sheet.Add($"{type} freeze", sheet.Bpf.MapFreeze(map));
            sheet.Bpf.Close(map);
        }
    });
}
