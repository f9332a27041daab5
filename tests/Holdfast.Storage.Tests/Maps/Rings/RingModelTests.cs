using System.Buffers.Binary;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps.Rings;

namespace Holdfast.Storage.Tests.Maps.Rings;

/// <summary>A ring against a queue: what fits, what comes out, in which order, and what the positions say.</summary>
public sealed unsafe class RingModelTests
{
    private const uint Size = 4096;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_ring_is_a_queue_of_what_was_submitted(int seed)
    {
        using TestMap map = TestMap.Create(MapType.RingBuf, 0, 0, Size);
        using TestMap other = map.Again();
        RingBufferMap[] writers = [(RingBufferMap)map.Shared, (RingBufferMap)other.Shared];
        Assert.Equal(Errno.None, writers[0].TryRead(() => { }, out IRecordSource? reader));
        Random random = new(seed);
        Queue<Entry> model = new();
        List<Entry> open = [];
        ulong produced = 0, consumed = 0;
        uint stamp = 0;
        for (int step = 0; step < 60_000; step++)
        {
            RingBufferMap writer = writers[random.Next(2)];
            int action = random.Next(10);
            if (action < 4)
            {
                uint size = random.Next(20) == 0 ? (uint)random.Next((int)Size + 16) : (uint)random.Next(4, 200);
                ulong stride = (size + 15ul) & ~7ul;
                bool fits = stride <= Size && produced + stride - consumed < Size;
                Entry entry = new(writer, size, stride, ++stamp);
                if (random.Next(2) == 0)
                {
                    entry.Record = writer.Reserve(size);
                    Assert.Equal(fits, entry.Record != null);
                    if (fits)
                        open.Add(entry);
                }
                else
                {
                    byte[] bytes = entry.Bytes();
                    fixed (byte* data = bytes)
                        Assert.Equal(fits ? 0 : -(int)Errno.EAGAIN, writer.Output(data, size, (ulong)random.Next(3)));
                    entry.State = State.Submitted;
                }

                if (fits)
                {
                    produced += stride;
                    model.Enqueue(entry);
                }
            }
            else if (action < 7 && open.Count > 0)
            {
                Entry entry = open[random.Next(open.Count)];
                open.Remove(entry);
                entry.Bytes().CopyTo(new Span<byte>(entry.Record, (int)entry.Size));
                entry.State = random.Next(4) == 0 ? State.Discarded : State.Submitted;
                entry.Owner.Commit(entry.Record, (ulong)random.Next(3), entry.State == State.Discarded);
            }
            else if (action >= 7)
            {
                // What was read or passed over before is given back now; what is passed over now, only if nothing comes of it.
                GiveBack(model, ref consumed);
                Entry? next = model.FirstOrDefault(entry => entry.State != State.Discarded);
                foreach (Entry passed in model.TakeWhile(entry => entry.State == State.Discarded))
                    passed.State = State.Passed;
                bool any = reader!.TryRead(out SourceRecord record);
                Assert.Equal(next?.State == State.Submitted, any);
                if (any)
                {
                    Assert.True(record.Data.SequenceEqual(next!.Bytes()));
                    next.State = State.Passed;
                }
                else
                {
                    GiveBack(model, ref consumed);
                }
            }

            Assert.Equal(produced, writer.Query(3));
            Assert.Equal(consumed, writer.Query(2));
            Assert.Equal(produced - consumed, writer.Query(0));
        }

        Assert.True(produced > 100 * Size, $"{produced}");
        reader!.Dispose();
    }

    [Fact]
    public void A_ring_has_one_reader_at_a_time_and_the_next_goes_on()
    {
        using TestMap map = TestMap.Create(MapType.RingBuf, 0, 0, Size);
        using TestMap other = map.Again();
        RingBufferMap ring = (RingBufferMap)map.Shared, same = (RingBufferMap)other.Shared;
        for (ulong number = 0; number < 3; number++)
            Assert.Equal(0, ring.Output((byte*)&number, 8, 0));
        Assert.Equal(Errno.None, ring.TryRead(() => { }, out IRecordSource? first));
        Assert.Equal(Errno.EBUSY, ring.TryRead(() => { }, out _));
        Assert.Equal(Errno.EBUSY, same.TryRead(() => { }, out _));
        Assert.True(first!.TryRead(out SourceRecord record));
        Assert.Equal(0ul, BinaryPrimitives.ReadUInt64LittleEndian(record.Data));
        Assert.True(first.TryRead(out _));
        first.Dispose();

        // The second record was read and not given back, as by a reader that died over it: it comes again.
        Assert.Equal(Errno.None, same.TryRead(() => { }, out IRecordSource? second));
        Assert.True(second!.TryRead(out record));
        Assert.Equal(1ul, BinaryPrimitives.ReadUInt64LittleEndian(record.Data));
        second.Dispose();
    }

    [Fact]
    public void Only_a_record_that_may_wake_ends_the_mark_of_a_waiting_reader()
    {
        using TestMap map = TestMap.Create(MapType.RingBuf, 0, 0, Size);
        RingBufferMap ring = (RingBufferMap)map.Shared;
        ulong value = 1;
        ring.BeginWaiting();
        Assert.Equal(0, ring.Output((byte*)&value, 8, 1));
        Assert.Equal(1u, ring.Waiting);
        ring.Commit(ring.Reserve(8), 1, discard: false);
        Assert.Equal(1u, ring.Waiting);
        Assert.Equal(-(int)Errno.EINVAL, ring.Output((byte*)&value, 8, 4));
        Assert.Equal(0, ring.Output((byte*)&value, 8, 3));
        Assert.Equal(0u, ring.Waiting);
        ring.BeginWaiting();
        ring.Commit(ring.Reserve(8), 0, discard: true);
        Assert.Equal(0u, ring.Waiting);
    }

    [Fact]
    public void After_a_restart_what_was_on_its_way_is_gone_and_the_ring_works()
    {
        using TestMap map = TestMap.Create(MapType.RingBuf, 0, 0, Size);
        RingBufferMap ring = (RingBufferMap)map.Shared;
        ulong value = 7;
        Assert.True(ring.Reserve(32) != null);
        Assert.Equal(0, ring.Output((byte*)&value, 8, 0));
        map.Poke(RingLayout.LockOffset, BitConverter.GetBytes(0x0000_0101u));
        map.Poke(Storage.Memory.ObjectHeaderLayout.BootIdOffset - Storage.Memory.ObjectHeaderLayout.DataOffset, Guid.NewGuid().ToByteArray());
        using TestMap after = map.Again();
        Assert.Equal(Errno.None, ((RingBufferMap)after.Shared).TryRead(() => { }, out IRecordSource? reader));
        Assert.False(reader!.TryRead(out _));
        value = 8;
        Assert.Equal(0, ((RingBufferMap)after.Shared).Output((byte*)&value, 8, 0));
        Assert.True(reader.TryRead(out SourceRecord record));
        Assert.Equal(8ul, BinaryPrimitives.ReadUInt64LittleEndian(record.Data));
        reader.Dispose();
    }

    private static void GiveBack(Queue<Entry> model, ref ulong consumed)
    {
        while (model.TryPeek(out Entry? passed) && passed.State == State.Passed)
            consumed += model.Dequeue().Stride;
    }

    private enum State
    {
        Open,
        Submitted,
        Discarded,
        Passed,
    }

    private sealed class Entry(RingBufferMap owner, uint size, ulong stride, uint stamp)
    {
        public RingBufferMap Owner { get; } = owner;

        public uint Size { get; } = size;

        public ulong Stride { get; } = stride;

        public byte* Record { get; set; }

        public State State { get; set; }

        public byte[] Bytes()
        {
            byte[] bytes = new byte[Size];
            new Random((int)stamp).NextBytes(bytes);
            return bytes;
        }
    }
}
