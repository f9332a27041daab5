using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps.Perf;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Tests.Maps.Rings;

/// <summary>
/// Perf event arrays: records whole and in order, every lost one told of, whoever scribbles. <c>HOLDFAST_FUZZ_CASES</c> sets the
/// number of cases.
/// </summary>
public sealed class PerfTests
{
    private static readonly long Cases = long.TryParse(Environment.GetEnvironmentVariable("HOLDFAST_FUZZ_CASES"), out long cases) ? cases : 100_000;

    [Fact]
    public void Every_record_is_read_or_told_of_as_lost()
    {
        using TestMap map = TestMap.Create(MapType.PerfEventArray, 4, 4, 1);
        using TestMap other = map.Again();
        PerfArrayMap[] writers = [(PerfArrayMap)map.Shared, (PerfArrayMap)other.Shared];
        Assert.Equal(-(int)Errno.ENOENT, writers[0].Output(0, 0, [], [], []));
        Assert.Equal(Errno.None, writers[0].TryRead(8192, () => { }, out IRecordSource? reader));
        Assert.Equal(Errno.EBUSY, writers[1].TryRead(8192, () => { }, out _));
        Random random = new(4);
        Queue<byte[]> model = new();
        ulong lost = 0, told = 0;
        for (int step = 0; step < 50_000; step++)
        {
            if (random.Next(3) > 0)
            {
                byte[] bytes = new byte[random.Next(random.Next(30) == 0 ? 9000 : 300)];
                random.NextBytes(bytes);
                int cut = random.Next(bytes.Length + 1), next = random.Next(cut, bytes.Length + 1);
                int result = writers[step % 2].Output(0, 0, bytes.AsSpan(0, cut), bytes.AsSpan(cut, next - cut), bytes.AsSpan(next));
                Assert.Equal(model.Sum(entry => (entry.Length + 23) & ~7) + ((bytes.Length + 23) & ~7) <= 8192 ? 0 : -(int)Errno.ENOSPC, result);
                if (result == 0)
                    model.Enqueue(bytes);
                else
                    lost++;
            }
            else if (reader!.TryRead(out SourceRecord record))
            {
                told += record.Lost;
                if (record.Lost == 0)
                    Assert.True(record.Data.SequenceEqual(model.Dequeue()));
            }
            else
            {
                Assert.Empty(model);
            }
        }

        while (reader!.TryRead(out SourceRecord record))
            told += record.Lost;
        Assert.Equal(0, writers[0].Output(0, 0, [], [], []));
        while (reader.TryRead(out SourceRecord record))
            told += record.Lost;
        Assert.True(lost > 100);
        Assert.Equal(lost, told);
        Assert.Equal(-(int)Errno.E2BIG, writers[0].Output(1, 0, [], [], []));
        Assert.Equal(-(int)Errno.EOPNOTSUPP, writers[0].Output(0, 1, [], [], []));
        reader.Dispose();
        Assert.Equal(-(int)Errno.ENOENT, writers[0].Output(0, 0, [], [], []));
    }

    [Fact]
    public void An_array_survives_a_scribbler()
    {
        using TestMap map = TestMap.Create(MapType.PerfEventArray, 4, 4, 1);
        PerfArrayMap events = (PerfArrayMap)map.Shared;
        PerfLayout layout = PerfLayout.For(events.Attributes);
        using FileStream file = new(map.Temporary.PathOf(map.File.Key), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        Random random = new(9);
        IRecordSource? reader = null;
        long read = 0, written = 0;
        byte[] bytes = new byte[500];
        for (long operation = 0; operation < Cases; operation++)
        {
            if (operation % 1000 == 0)
            {
                reader?.Dispose();
                Assert.Equal(Errno.None, events.TryRead(4096, () => { }, out reader));
            }

            if (operation % 8 == 0)
            {
                long place = random.Next(3) switch
                {
                    0 => PerfLayout.BlocksOffset + (random.Next(20) * 8),
                    1 => layout.BitmapOffset,
                    _ => layout.RecordsOffset + (random.Next(512) * 8),
                };
                byte[] noise = new byte[random.Next(1, 9)];
                if (random.Next(2) == 0)
                    random.NextBytes(noise);
                file.Position = ObjectHeaderLayout.DataOffset + place;
                file.Write(noise);
            }

            if (random.Next(2) == 0)
                written += events.Output(0, 0, bytes.AsSpan(0, random.Next(500)), [], []) == 0 ? 1 : 0;
            else
                for (int i = 0; i < 10 && reader!.TryRead(out _); i++)
                    read++;
        }

        reader!.Dispose();
        Assert.True(read > 0 && written > 0, $"{read} read, {written} written");
    }
}
