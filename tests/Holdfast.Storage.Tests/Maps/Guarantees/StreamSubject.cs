using System.Buffers.Binary;
using Holdfast.Storage.Maps;

namespace Holdfast.Storage.Tests.Maps.Guarantees;

/// <summary>Maps that values are put into at one end and taken from at one: numbered records, which say whether they are whole.</summary>
internal abstract class StreamSubject(string name) : MapSubject(name)
{
    /// <summary>Puts a record in.</summary>
    /// <returns>Whether there was room.</returns>
    public abstract bool Put(SharedMap map, ReadOnlySpan<byte> record);

    /// <summary>Takes all records that are there now; not what others still put in. A patient taker waits for dead writers to be judged.</summary>
    public abstract void TakeAll(SharedMap map, Action<ReadOnlySpan<byte>> taker, bool patient = true);

    /// <summary>Keeps a taker's end open, where opening it costs what is there.</summary>
    /// <returns>Closes it; null if there is nothing to keep.</returns>
    public virtual IDisposable? StartTaking(SharedMap map) => null;

    /// <summary>Records that fit at once.</summary>
    protected abstract int CapacityInRecords { get; }

    protected virtual int Length(ulong number) => QueueMapTests.ValueSize;

    public override void Fill(SharedMap map)
    {
        for (ulong number = 1; number <= 3; number++)
            Assert.True(Put(map, Record(number)));
    }

    public override string Contents(SharedMap map)
    {
        List<string> found = [];
        TakeAll(map, record => found.Add($"{NumberOf(record)}"));
        return string.Join(' ', found);
    }

    public override void CheckAllUsable(TestMap map)
    {
        TakeAll(map.Shared, _ => { });
        for (int number = 0; number < CapacityInRecords; number++)
            Assert.True(Put(map.Shared, Record(9)), $"only {number} records fit");
        Assert.False(Put(map.Shared, Record(9)), "more records fit than the map has room for");
        Assert.Equal(string.Join(' ', Enumerable.Repeat(9, CapacityInRecords)), Contents(map.Shared));
    }

    public override int Operate(SharedMap map, Random random)
    {
        switch (random.Next(8))
        {
            case 0:
                int taken = 0;
                TakeAll(map, _ => taken++, patient: false);
                return taken == 0 ? -1 : 0;
            case 1:
                return map.Lookup(new byte[map.Attributes.KeySize], new byte[map.ValueBufferSize]);
            case 2:
                return -(int)map.ReadEntries((_, _) => Isa.Abi.Errno.None);
            case 3:
                IReadOnlyDictionary<string, Func<SharedMap, Action>> operations = Operations;
                operations.ElementAt(random.Next(operations.Count)).Value(map)();
                return 0;
            default:
                return Put(map, Record((ulong)random.Next(1, 1000))) ? 0 : -1;
        }
    }

    /// <summary>The number of a whole record.</summary>
    public ulong NumberOf(ReadOnlySpan<byte> record)
    {
        Assert.True(record.Length >= 8, $"a record of {record.Length} bytes");
        ulong number = BinaryPrimitives.ReadUInt64LittleEndian(record);
        Assert.True(record.Length == Length(number) && SelfVerifying.Read(record, 1) == number, $"torn: {Convert.ToHexString(record)}");
        return number;
    }

    public byte[] Record(ulong number) => SelfVerifying.Value(Length(number), 1, number);
}
