using System.Buffers.Binary;
using System.Diagnostics;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps.Perf;
using Holdfast.Storage.Tests.FileSystem;

namespace Holdfast.Storage.Tests.Maps.Rings;

/// <summary>Readers of perf event arrays in other processes, killed.</summary>
[Collection(nameof(Alone))]
public sealed class PerfDeathTests
{
    [Fact]
    public void A_reader_that_is_killed_is_found_out_and_followed()
    {
        using TestMap map = TestMap.Create(MapType.PerfEventArray, 4, 4, 1);
        string pin = map.Pin("p");
        PerfArrayMap events = (PerfArrayMap)map.Shared;
        Process child = Child.Start(nameof(ChildScenarios.HoldEvents), map.Temporary.StorePath, pin);
        Assert.Equal("ready", child.StandardOutput.ReadLine());
        Assert.Equal(0, events.Output(0, 0, new byte[100], [], []));
        Assert.Equal(Errno.EBUSY, events.TryRead(4096, () => { }, out _));
        child.Kill();
        child.WaitForExit();
        long start = Environment.TickCount64;
        int result = 0;
        while (result != -(int)Errno.ENOENT)
        {
            result = events.Output(0, 0, new byte[100], [], []);
            Assert.True(result is 0 or -(int)Errno.ENOSPC or -(int)Errno.ENOENT, $"{result}");
            Assert.InRange(Environment.TickCount64 - start, 0, 30_000);
        }

        Assert.Equal(Errno.None, events.TryRead(4096, () => { }, out IRecordSource? reader));
        Assert.False(reader!.TryRead(out _));
        Assert.Equal(0, events.Output(0, 0, BitConverter.GetBytes(5), [], []));
        Assert.True(reader.Wait(30_000));
        Assert.True(reader.TryRead(out SourceRecord record));
        Assert.Equal(5, BinaryPrimitives.ReadInt32LittleEndian(record.Data));
        reader.Dispose();
    }
}
