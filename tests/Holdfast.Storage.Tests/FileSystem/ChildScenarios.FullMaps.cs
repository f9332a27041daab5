using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Maps;
using Holdfast.Storage.Maps.Perf;
using Holdfast.Storage.Maps.Rings;
using Holdfast.Storage.Maps.Stacks;
using Holdfast.Storage.Tests.Maps;

namespace Holdfast.Storage.Tests.FileSystem;

/// <content>Maps without keys, larger than the file system.</content>
public static unsafe partial class ChildScenarios
{
    private const int BytesPut = 1000;

    /// <summary>store, type: fills a queue, a stack or a bloom filter; prints the error and how many values went in, which all come out again.</summary>
    public static void FillKeyless(string[] arguments)
    {
        using Store store = Open(arguments[0]);
        MapType type = Enum.Parse<MapType>(arguments[1]);
        int size = type == MapType.BloomFilter ? 16 : 256;
        using TestMap map = CreatePinned(store, type, 0, (uint)size, type == MapType.BloomFilter ? 1u << 23 : 1u << 20);
        uint written = 0;
        Errno failure = Errno.None;
        while ((failure = (Errno)(-map.Shared.Update([], SelfVerifying.Value(size, written, 1), UpdateFlags.Any))) == Errno.None)
            written++;
        for (int again = 0; again < 1000; again++)
            Assert.Equal((int)failure, -map.Shared.Update([], SelfVerifying.Value(size, written, 1), UpdateFlags.Any));
        byte[] value = new byte[size];
        for (uint number = 0; number < written; number++)
        {
            uint expected = type == MapType.Stack ? written - 1 - number : number;
            if (type == MapType.BloomFilter)
            {
                Assert.Equal(0, map.Shared.Lookup([], SelfVerifying.Value(size, number, 1)));
                continue;
            }

            Assert.Equal(0, map.Shared.LookupAndDelete([], value));
            Assert.Equal(SelfVerifying.Value(size, expected, 1), value);
        }

        Console.WriteLine($"{failure} {written}");
    }

    /// <summary>store, type: notes stacks; prints the error and how many were noted, which all can be read.</summary>
    public static void FillStacks(string[] arguments)
    {
        using Store store = Open(arguments[0]);
        using TestMap map = CreatePinned(store, Enum.Parse<MapType>(arguments[1]), 4, 256, 1u << 20);
        StackTraceMap stacks = (StackTraceMap)map.Shared;
        Dictionary<uint, ulong> noted = [];
        int id = 0;
        ulong number = 1;
        for (; (id = stacks.Add([number, number + 1], comparesHashes: false, replaces: false)) is >= 0 or -(int)Errno.EEXIST; number++)
        {
            if (id >= 0)
                noted.Add((uint)id, number);
        }

        for (int again = 0; again < 1000; again++)
            _ = stacks.Add([number + (uint)again, 1], comparesHashes: false, replaces: true);
        byte[] value = new byte[256];
        foreach ((uint key, ulong first) in noted)
        {
            Assert.Equal(0, stacks.Lookup(SelfVerifying.Key(key), value));
            ulong frame = BitConverter.ToUInt64(value);
            Assert.True(frame == first || frame >= number, $"{key}: {frame}, neither {first} nor what replaced it");
        }

        Console.WriteLine($"{(Errno)(-id)} {noted.Count}");
    }

    /// <summary>store, type: fills a ring or an event buffer; prints the error and how many records went in.</summary>
    public static void FillRecords(string[] arguments)
    {
        using Store store = Open(arguments[0]);
        MapType type = Enum.Parse<MapType>(arguments[1]);
        bool isEvents = type == MapType.PerfEventArray;
        using TestMap map = CreatePinned(store, type, isEvents ? 4u : 0, isEvents ? 4u : 0, isEvents ? 1u : 4u << 20);
        byte* data = stackalloc byte[BytesPut];
        new Span<byte>(data, BytesPut).Fill(7);
        IRecordSource? source = null;
        if (isEvents)
            Assert.Equal(Errno.None, ((PerfArrayMap)map.Shared).TryRead(4 << 20, () => { }, out source));
        IRecordSink? sink = null;
        if (type == MapType.UserRingBuf)
            Assert.Equal(Errno.None, ((UserRingMap)map.Shared).TryWrite(() => { }, out sink));
        Func<int> put = type switch
        {
            MapType.RingBuf => () => ((RingBufferMap)map.Shared).Output(data, BytesPut, 0),
            MapType.PerfEventArray => () => ((PerfArrayMap)map.Shared).Output(0, 0, new(data, BytesPut), [], []),
            _ => () => Submit(sink!),
        };
        int written = 0, result;
        while ((result = put()) == 0)
            written++;
        for (int again = 0; again < 1000; again++)
            Assert.Equal(result, put());
        if (type == MapType.RingBuf)
            Assert.Equal(Errno.None, ((RingBufferMap)map.Shared).TryRead(() => { }, out source));
        int read = 0;
        for (; source is not null && source.TryRead(out SourceRecord record); read++)
            Assert.Equal(new ReadOnlySpan<byte>(data, BytesPut), record.Data[..BytesPut]);
        if (source is not null)
            Assert.Equal(written, read);
        Console.WriteLine($"{(Errno)(-result)} {written}");
        sink?.Dispose();
        source?.Dispose();
    }

    private static int Submit(IRecordSink sink)
    {
        int result = sink.TryReserve(BytesPut, out Span<byte> record);
        if (result != 0)
            return result;
        record.Fill(7);
        sink.Submit();
        return 0;
    }
}
