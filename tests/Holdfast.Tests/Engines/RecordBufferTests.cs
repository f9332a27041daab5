using System.Buffers.Binary;
using Holdfast.Isa.Abi;

namespace Holdfast.Tests.Engines;

/// <summary>Records that programs write into ring and perf buffers, read in process.</summary>
public sealed class RecordBufferTests
{
    private static readonly byte[] Packet = new byte[64];

    public static TheoryData<string> Engines => EngineUnderTest.Names;

    [Theory]
    [MemberData(nameof(Engines))]
    public void RecordsOfARingComeInOrderManyTimesAround(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        using BpfMap ring = engine.CreateMapOrSkip(MapType.RingBuf, 0, 0, 4096);
        using RingBuffer reader = RingBuffer.Open(ring);
        Assert.False(reader.TryRead(out _));
        using BpfProgram writer = RingWriter(engine, ring);
        // 24 bytes a record with its header: 170 fit, the others are refused and counted by the return value.
        Assert.Equal(170, Enumerable.Range(0, 200).Count(_ => writer.TestRun(Packet) == 0));
        ulong expected = 0;
        for (int round = 0; round < 50; round++)
        {
            int read = reader.Consume(record =>
            {
                Assert.Equal(16, record.Length);
                ulong number = BinaryPrimitives.ReadUInt64LittleEndian(record);
                Assert.True(number > expected || number == 1);
                expected = number;
            });
            Assert.InRange(read, 100, 170);
            writer.TestRun(new TestRunOptions { Data = Packet, Repeat = 100 });
        }
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task ARingIsAwaitedAndCancelledWithoutLoss(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        using BpfMap ring = engine.CreateMapOrSkip(MapType.RingBuf, 0, 0, 4096);
        using RingBuffer reader = RingBuffer.Open(ring);
        using BpfProgram writer = RingWriter(engine, ring);
        Task running = Task.Run(async () =>
        {
            for (int i = 0; i < 20; i++)
            {
                await Task.Delay(2);
                writer.TestRun(Packet);
            }
        });
        List<ulong> numbers = [];
        while (numbers.Count < 20)
        {
            // Each enumeration takes three records and is abandoned, or is cancelled while it waits.
            using CancellationTokenSource cancel = new(TimeSpan.FromMilliseconds(5));
            try
            {
                await foreach (ReadOnlyMemory<byte> record in reader.ReadAllAsync(cancel.Token))
                {
                    numbers.Add(BinaryPrimitives.ReadUInt64LittleEndian(record.Span));
                    if (numbers.Count % 3 == 0)
                        break;
                }
            }
            catch (OperationCanceledException)
            {
                Assert.True(cancel.IsCancellationRequested);
            }
        }

        await running;
        Assert.Equal(Enumerable.Range(1, 20).Select(i => (ulong)i), numbers);
        Assert.False(reader.Wait(TimeSpan.FromMilliseconds(1)));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task PerfRecordsTellTheirCpuAndWhatWasLost(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        using BpfMap events = engine.CreateMapOrSkip(MapType.PerfEventArray, 4, 4, (uint)Environment.ProcessorCount);
        using PerfBuffer reader = PerfBuffer.Open(events, pages: 1);
        using BpfMap counter = engine.Bpf.CreateMap(MapType.Array, 4, 8, 1);
        using BpfProgram writer = Load(engine, $"""
            r6 = r1
            {Count(counter)}
            *(u64 *)(r10 - 24) = r1
            *(u64 *)(r10 - 16) = 2
            r1 = r6
            r2 = map[fd:{events.Handle.Descriptor}]
            w3 = -1
            r4 = r10
            r4 += -24
            r5 = 16
            call bpf_perf_event_output
            r0 = 0
            exit
            """);
        writer.TestRun(new TestRunOptions { Data = Packet, Repeat = 10 });
        await using IAsyncEnumerator<PerfRecord> records = reader.ReadAllAsync().GetAsyncEnumerator();
        for (ulong number = 1; number <= 10; number++)
        {
            Assert.True(await records.MoveNextAsync());
            Assert.InRange(records.Current.Cpu, 0, Environment.ProcessorCount - 1);
            Assert.Equal(number, BinaryPrimitives.ReadUInt64LittleEndian(records.Current.Data.Span));
        }

        writer.TestRun(new TestRunOptions { Data = Packet, Repeat = 1000 });
        ulong delivered = 0;
        while (reader.TryRead(out PerfRecord record))
            delivered += record.Lost == 0 ? 1u : 0;
        Assert.InRange(delivered, 1ul, 999ul);
        writer.TestRun(new TestRunOptions { Data = Packet, Repeat = 1 });
        ulong lost = 0;
        while (reader.TryRead(out PerfRecord record))
            lost += record.Lost;
        Assert.Equal(1000 - delivered, lost);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void OtherMapsAreNoBuffers(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        using BpfMap map = engine.Bpf.CreateMap(MapType.Array, 4, 4, 1);
        Assert.Equal(Errno.EINVAL, Assert.Throws<BpfException>(() => RingBuffer.Open(map)).Errno);
        Assert.Equal(Errno.EINVAL, Assert.Throws<BpfException>(() => UserRingBuffer.Open(map)).Errno);
        Assert.Equal(Errno.EINVAL, Assert.Throws<BpfException>(() => PerfBuffer.Open(map)).Errno);
    }

    /// <summary>A program that writes its run's number, from 1 on, and returns 0, or 1 if the ring was full.</summary>
    private static BpfProgram RingWriter(EngineUnderTest engine, BpfMap ring)
    {
        using BpfMap counter = engine.Bpf.CreateMap(MapType.Array, 4, 8, 1);
        return Load(engine, $"""
            {Count(counter)}
            *(u64 *)(r10 - 24) = r1
            *(u64 *)(r10 - 16) = 2
            r1 = map[fd:{ring.Handle.Descriptor}]
            r2 = r10
            r2 += -24
            r3 = 16
            r4 = 0
            call bpf_ringbuf_output
            if r0 == 0 goto +1
            r0 = 1
            exit
            """);
    }

    /// <summary>Leaves in r1 how often the program has run.</summary>
    private static string Count(BpfMap counter) => $"""
        *(u32 *)(r10 - 4) = 0
        r1 = map[fd:{counter.Handle.Descriptor}]
        r2 = r10
        r2 += -4
        call bpf_map_lookup_elem
        if r0 != 0 goto +2
        r0 = 2
        exit
        r1 = 1
        r1 = atomic64_fetch_add((u64 *)(r0 + 0), r1)
        r1 += 1
        """;

    private static BpfProgram Load(EngineUnderTest engine, string text)
    {
        int descriptor = Programs.Accept(engine.Bpf.Engine, text, ProgramType.SchedCls);
        ProgInfo info = default;
        Assert.Equal(0, engine.Bpf.Engine.Info(descriptor, ref info));
        BpfProgram program = engine.Bpf.OpenProgram(info.Id);
        engine.Bpf.Engine.Close(descriptor);
        return program;
    }
}
