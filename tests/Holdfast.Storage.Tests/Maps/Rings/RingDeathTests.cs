using System.Buffers.Binary;
using System.Diagnostics;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps.Rings;
using Holdfast.Storage.Tests.FileSystem;
using Tmds.Linux;

namespace Holdfast.Storage.Tests.Maps.Rings;

/// <summary>Writers of other processes: killed at any moment, and waited for. <c>HOLDFAST_TORTURE</c> sets the number of kills, <c>HOLDFAST_RING_RECORDS</c> of records.</summary>
[Collection(nameof(Alone))]
public sealed unsafe class RingDeathTests(ITestOutputHelper output)
{
    private const int Writers = 3;

    [Fact]
    public void A_writer_killed_over_a_record_holds_up_nobody()
    {
        using TestMap map = TestMap.Create(MapType.RingBuf, 0, 0, 4096);
        string pin = map.Pin("r");
        RingBufferMap ring = (RingBufferMap)map.Shared;
        Assert.Equal(Errno.None, ring.TryRead(() => { }, out IRecordSource? reader));
        Process writer = Child.Start(nameof(ChildScenarios.HoldRecord), map.Temporary.StorePath, pin);
        Assert.Equal("ready", writer.StandardOutput.ReadLine());
        ulong value = 42;
        Assert.Equal(0, ring.Output((byte*)&value, 8, 0));
        Assert.False(reader!.TryRead(out _));
        Assert.False(reader.Wait(20));
        writer.Kill();
        writer.WaitForExit();
        long start = Stopwatch.GetTimestamp();
        Assert.True(reader.Wait(30_000));
        bool read = reader.TryRead(out SourceRecord record);
        output.WriteLine($"the record behind a dead writer's came {Stopwatch.GetElapsedTime(start).TotalMilliseconds:F1} ms after its end");
        while (!read && reader.Wait(30_000))
            read = reader.TryRead(out record);
        Assert.Equal(42ul, BinaryPrimitives.ReadUInt64LittleEndian(record.Data));
        reader.Dispose();
    }

    [Fact]
    public void Killing_writers_loses_no_submitted_record_and_blocks_nobody()
    {
        int kills = int.TryParse(Environment.GetEnvironmentVariable("HOLDFAST_TORTURE"), out int more) ? more : 60;
        using TestMap map = TestMap.Create(MapType.RingBuf, 0, 0, 8192);
        string pin = map.Pin("r");
        string ledgerPath = map.Temporary.Root + "/ledger";
        using Ledger ledger = new(ledgerPath);
        RingBufferMap ring = (RingBufferMap)map.Shared;
        Assert.Equal(Errno.None, ring.TryRead(() => { }, out IRecordSource? reader));
        ulong[] last = new ulong[Writers];
        long records = 0, gaps = 0;
        Process?[] writers = new Process?[Writers];
        Random random = new();
        ledger.IsRunning = true;
        Wait longest = default;
        for (int killed = 0; killed < kills; killed++)
        {
            for (int number = 0; number < Writers; number++)
                writers[number] ??= Child.Start(nameof(ChildScenarios.RingWriter), map.Temporary.StorePath, pin, ledgerPath, $"{number}", $"{random.Next()}");
            int victim = random.Next(Writers);
            long until = Stopwatch.GetTimestamp() + (Stopwatch.Frequency / 1000 * random.Next(1, 20));
            long before = records;
            while (Stopwatch.GetTimestamp() < until || records == before)
                Take(reader!, last, ref records, ref gaps);
            writers[victim]!.Kill();
            writers[victim]!.WaitForExit();
            Assert.Equal(128 + 9, writers[victim]!.ExitCode);
            writers[victim]!.Dispose();
            writers[victim] = null;

            // All that was published by now comes, within bounds; that includes all that the victim completed.
            ulong published = ring.Query(3);
            long start = Stopwatch.GetTimestamp();
            WaitClock clock = WaitClock.Start();
            while (ring.Query(2) < published)
            {
                Take(reader!, last, ref records, ref gaps);
                Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(20), "the ring is blocked");
            }

            longest = longest.Or(clock.Read());
            Assert.InRange(last[victim], ledger.Completed((uint)victim), ledger.Begun((uint)victim));
        }

        foreach (Process? writer in writers)
            writer?.Kill();
        reader!.Dispose();
        output.WriteLine($"torture: ringbuf, in order: {kills} kills, {records} records, {gaps} begun and not submitted, longest wait {longest}");
        Assert.InRange(gaps, 0, kills);
    }

    [Fact]
    public void No_wake_up_is_lost()
    {
        long records = long.TryParse(Environment.GetEnvironmentVariable("HOLDFAST_RING_RECORDS"), out long more) ? more : 1_000_000;
        using TestMap map = TestMap.Create(MapType.RingBuf, 0, 0, 65536);
        string pin = map.Pin("r");
        RingBufferMap ring = (RingBufferMap)map.Shared;
        Assert.Equal(Errno.None, ring.TryRead(() => { }, out IRecordSource? reader));

        // Without end and without a look in between: a lost wake-up is a hang, which the time limit of poll(2) makes a failure.
        pollfd waited = new() { fd = reader!.WaitDescriptor, events = LibC.POLLIN };
        using Process writer = Child.Start(nameof(ChildScenarios.RingFlood), map.Temporary.StorePath, pin, $"{records}");
        long sleeps = 0;
        for (long next = 0; next < records;)
        {
            while (reader.TryRead(out SourceRecord record))
                Assert.Equal(next++, BinaryPrimitives.ReadInt64LittleEndian(record.Data));
            if (next == records)
                break;
            sleeps++;
            Assert.True(LibC.poll(&waited, 1, 30_000) == 1, $"asleep after {next} of {records} records, {sleeps} sleeps");
        }

        writer.StandardInput.Close();
        string[] told = writer.StandardOutput.ReadToEnd().Split();
        writer.WaitForExit();
        Assert.Equal(0, writer.ExitCode);
        reader.Dispose();
        output.WriteLine($"{records} records, {sleeps} sleeps; the writer found the ring full {told[0]} times");
        Assert.True(sleeps > 0);
    }

    private static void Take(IRecordSource reader, ulong[] last, ref long records, ref long gaps)
    {
        while (reader.TryRead(out SourceRecord record))
        {
            ulong word = BinaryPrimitives.ReadUInt64LittleEndian(record.Data);
            uint writer = (uint)(word >> 48);
            ulong counter = word & 0xffff_ffff_ffff;
            foreach (byte fill in record.Data[8..])
                Assert.Equal((byte)counter, fill);
            Assert.True(counter > last[writer], $"writer {writer}: {counter} after {last[writer]}");
            gaps += (long)(counter - last[writer] - 1);
            last[writer] = counter;
            records++;
        }

        reader.Wait(1);
    }
}
