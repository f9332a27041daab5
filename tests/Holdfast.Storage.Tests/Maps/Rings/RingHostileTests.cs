using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps.Rings;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Tests.Maps.Rings;

/// <summary>
/// Rings whose memory somebody else scribbles into: wrong answers are allowed, a crash, a hang or an access outside the mapping is not.
/// <c>HOLDFAST_FUZZ_CASES</c> sets the number of cases.
/// </summary>
public sealed unsafe class RingHostileTests
{
    private const uint Size = 8192;
    private static readonly long Cases = long.TryParse(Environment.GetEnvironmentVariable("HOLDFAST_FUZZ_CASES"), out long cases) ? cases : 100_000;

    [Fact]
    public void A_ring_survives_a_scribbler()
    {
        using TestMap map = TestMap.Create(MapType.RingBuf, 0, 0, Size);
        using FileStream file = OpenFile(map);
        RingBufferMap ring = (RingBufferMap)map.Shared;
        Assert.Equal(Errno.None, ring.TryRead(() => { }, out IRecordSource? reader));
        Random random = new(5);
        byte* data = stackalloc byte[1000];
        byte*[] open = new byte*[4];
        long read = 0, written = 0, sum = 0;
        for (long operation = 0; operation < Cases; operation++)
        {
            if (operation % 8 == 0)
                Scribble(file, random);
            int slot = random.Next(open.Length);
            switch (random.Next(6))
            {
                case 0 when open[slot] == null:
                    open[slot] = ring.Reserve((ulong)random.Next(200));
                    break;
                case 1 when open[slot] != null:
                    ring.Commit(open[slot], 0, random.Next(2) == 0);
                    open[slot] = null;
                    break;
                case 2:
                    written += ring.Output(data, (ulong)random.Next(1000), (ulong)random.Next(3)) == 0 ? 1 : 0;
                    break;
                case 3:
                    _ = ring.Query((ulong)random.Next(5));
                    break;
                default:
                    while (reader!.TryRead(out SourceRecord record))
                    {
                        read++;
                        foreach (byte value in record.Data)
                            sum += value;
                    }

                    break;
            }
        }

        reader!.Dispose();
        Assert.True(read > 0 && written > 0 && sum >= 0, $"{read} read, {written} written");
    }

    [Fact]
    public void A_user_ring_survives_a_scribbler()
    {
        using TestMap map = TestMap.Create(MapType.UserRingBuf, 0, 0, Size);
        using FileStream file = OpenFile(map);
        UserRingMap ring = (UserRingMap)map.Shared;
        Random random = new(6);
        long read = 0, written = 0, sum = 0;
        Assert.Equal(Errno.None, ring.TryWrite(() => { }, out IRecordSink? writer));
        for (long operation = 0; operation < Cases; operation++)
        {
            if (operation % 8 == 0)
                Scribble(file, random);
            if (operation % 1000 == 0)
            {
                writer!.Dispose();
                Assert.Equal(Errno.None, ring.TryWrite(() => { }, out writer));
            }

            if (random.Next(2) == 0)
            {
                if (writer!.TryReserve(random.Next(300), out Span<byte> room) == 0)
                {
                    written++;
                    room.Fill((byte)operation);
                    writer.Submit();
                }
            }
            else if (ring.TryBeginDrain() == Errno.None)
            {
                if (ring.Peek(out byte* sample, out uint size) == Errno.None)
                {
                    read++;
                    foreach (byte value in new ReadOnlySpan<byte>(sample, (int)size))
                        sum += value;
                    ring.Release(size);
                }

                ring.EndDrain(wake: true);
            }
        }

        writer!.Dispose();
        Assert.True(read > 0 && written > 0 && sum >= 0, $"{read} read, {written} written");
    }

    private static FileStream OpenFile(TestMap map) =>
        new(map.Temporary.PathOf(map.File.Key), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);

    /// <summary>Positions, marks, the bitmap, headers; now and then back to what can go on.</summary>
    private static void Scribble(FileStream file, Random random)
    {
        const long data = ObjectHeaderLayout.DataOffset;
        byte[] bytes = new byte[random.Next(1, 9)];
        random.NextBytes(bytes);
        if (random.Next(2) == 0)
            Array.Fill(bytes, random.Next(2) == 0 ? (byte)0 : (byte)0xff);
        long place = random.Next(8) switch
        {
            0 => RingLayout.ProducerOffset,
            1 => RingLayout.ConsumerOffset,
            2 => RingLayout.LockOffset,
            3 => RingLayout.WaitingOffset,
            4 => RingLayout.BitmapOffset,
            _ => RingLayout.RecordsOffset + (random.Next((int)Size / 8) * 8),
        };
        if (place < RingLayout.BitmapOffset && random.Next(3) != 0)
            bytes = new byte[8];
        file.Position = data + place;
        file.Write(bytes);
    }
}
