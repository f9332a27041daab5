using System.Buffers.Binary;
using Holdfast.Isa.Abi;

namespace Holdfast.Tests.Engines;

/// <summary>What programs and user space see of perf event arrays: the same on both engines, and what is the userspace engine's own.</summary>
public sealed class PerfRuleTests
{
    private const ulong CurrentCpu = uint.MaxValue;
    private const int RecordBytes = 16;

    public static TheoryData<string> Engines => EngineUnderTest.Names;

    [Theory]
    [MemberData(nameof(Engines))]
    public void RecordsCarryThePacketsFirstBytes(string name)
    {
        using RecordScene scene = new(name);
        using PerfBuffer reader = PerfBuffer.Open(scene.Object.Maps["events"]);
        foreach (string program in new[] { "event", "frame" })
        {
            foreach (int bytes in new[] { 0, 1, 14, 63, 100 })
            {
                scene.Set("event_flags", CurrentCpu | ((ulong)bytes << 32));
                Assert.Equal(0, scene.Run(program, 100));
                PerfRecord record = Next(reader);
                Assert.Equal(program == "event" ? 5 : 6, record.Data.Span[8]);
                Assert.Equal(100, record.Data.Span[12]);

                // The kernel pads a record and its four bytes of length to eight.
                Assert.InRange(record.Data.Length, RecordBytes + bytes, RecordBytes + bytes + 7);
                Assert.Equal(scene.Packet(100)[..bytes], record.Data.Slice(RecordBytes, bytes).ToArray());
            }

            scene.Set("event_flags", CurrentCpu | (101ul << 32));
            Assert.Equal(-(int)Errno.EFAULT, scene.Run(program, 100));
            scene.Set("event_flags", CurrentCpu | (1ul << 52));
            Assert.Equal(-(int)Errno.EINVAL, scene.Run(program, 100));
        }
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void WithoutAReaderThereIsNothingToWriteTo(string name)
    {
        using RecordScene scene = new(name);
        BpfMap events = scene.Object.Maps["events"];
        scene.Set("event_flags", CurrentCpu);
        Assert.Equal(-(int)Errno.ENOENT, scene.Run("event", 64));
        scene.Set("event_flags", events.MaxEntries);
        Assert.Equal(-(int)Errno.E2BIG, scene.Run("event", 64));
        Assert.Equal(Errno.EINVAL, Assert.Throws<BpfException>(() => PerfBuffer.Open(events, pages: 3)).Errno);
        scene.Set("event_flags", CurrentCpu);
        using (PerfBuffer reader = PerfBuffer.Open(events, pages: 1))
        {
            Assert.Equal(0, scene.Run("event", 64));
            Assert.Equal(1ul + 2, BinaryPrimitives.ReadUInt64LittleEndian(Next(reader).Data.Span));
            Assert.False(reader.TryRead(out _));
            for (uint cpu = 0; cpu < events.MaxEntries; cpu++)
                Assert.True(events.TryDelete(BitConverter.GetBytes(cpu)));
            Assert.Equal(-(int)Errno.ENOENT, scene.Run("event", 64));
            Assert.False(events.TryDelete(new byte[4]));
        }

        using PerfBuffer next = PerfBuffer.Open(events, pages: 2);
        Assert.False(next.TryRead(out _));
        Assert.Equal(0, scene.Run("event", 64));
        Assert.True(next.Wait(TimeSpan.FromSeconds(10)));
        Assert.Equal(0ul, Next(next).Lost);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void TheElementsAreTheKernelsOwn(string name) => AnswerSheet.Check(name, "perf-event-arrays", sheet =>
    {
        foreach ((uint key, uint value, uint entries) in new[] { (4u, 4u, 4u), (4u, 8u, 4u), (8u, 4u, 4u), (4u, 4u, 0u), (0u, 4u, 4u), (4u, 4u, 70000u) })
            sheet.Add($"{key} {value} {entries}", sheet.Bpf.MapCreate(MapType.PerfEventArray, key, value, entries));
        for (int bit = 0; bit < 18; bit++)
            sheet.Add($"flag {bit}", sheet.Bpf.MapCreate(MapType.PerfEventArray, 4, 4, 4, (MapFlags)(1u << bit)));
        int map = sheet.Bpf.MapCreate(MapType.PerfEventArray, 4, 4, 4);
        foreach (uint index in new uint[] { 0, 3, 4 })
        {
            byte[] key = BitConverter.GetBytes(index), next = new byte[4];
            sheet.Add($"{index} lookup", sheet.Bpf.MapLookup(map, key, new byte[4]));
            sheet.Add($"{index} update", sheet.Bpf.MapUpdate(map, key, BitConverter.GetBytes(54321)));
            sheet.Add($"{index} update, not there", sheet.Bpf.MapUpdate(map, key, BitConverter.GetBytes(54321), UpdateFlags.NoExist));
            sheet.Add($"{index} delete", sheet.Bpf.MapDelete(map, key));
            sheet.Add($"{index} next key", sheet.Bpf.MapNextKey(map, key, next), next);
            sheet.Add($"{index} lookup and delete", sheet.Bpf.MapLookupAndDelete(map, key, new byte[4]));
        }

        sheet.Bpf.Close(map);
    });

    private static PerfRecord Next(PerfBuffer reader)
    {
        while (true)
        {
            if (reader.TryRead(out PerfRecord record))
                return record;
            Assert.True(reader.Wait(TimeSpan.FromSeconds(20)));
        }
    }
}
