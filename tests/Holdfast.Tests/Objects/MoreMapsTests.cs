using System.Buffers.Binary;
using Holdfast.Isa.Abi;
using Holdfast.Tests.Engines;

namespace Holdfast.Tests.Objects;

/// <summary>An object with an LPM trie, a queue, a bloom filter, an LRU hash and maps of maps that its declarations fill: loaded and run on both engines.</summary>
public sealed class MoreMapsTests
{
    public static TheoryData<string, bool> Engines => new() { { "user", false }, { "user", true }, { "kernel", false } };

    [Theory]
    [MemberData(nameof(Engines))]
    public void AnObjectOfManyKindsOfMapsRuns(string name, bool interpreted)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name, interpreted: interpreted);
        using BpfObject loaded = engine.Bpf.Load(Samples.Own("more_maps"));

        // 7 by the route, 70 through the queue, 100 once the filter knows it; counters of inner maps, of which two slots share one; 7 millions by the last of more keys than the LRU hash holds.
        Assert.Equal(7u + 70 + 1000 + 10_000 + 200_000 + 7_000_000, Run(loaded));
        Assert.Equal(7u + 70 + 100 + 2000 + 30_000 + 400_000 + 7_000_000, Run(loaded));
        Assert.Equal([loaded.Map("counters_one").Id, loaded.Map("counters_two").Id], Inner(loaded.Map("by_index")));
        Assert.Equal([loaded.Map("counters_two").Id], Inner(loaded.Map("by_key")));
        byte[] value = new byte[8];
        Assert.True(loaded.Map("counters_two").TryLookup(new byte[4], value));
        Assert.Equal(4ul, BinaryPrimitives.ReadUInt64LittleEndian(value));
    }

    private static uint Run(BpfObject loaded) => loaded.Program("use_all").TestRun(new TestRunOptions { Data = new byte[64] }).ReturnValue;

    private static uint[] Inner(BpfMap outer) => [.. outer.Entries().Select(entry => BinaryPrimitives.ReadUInt32LittleEndian(entry.Value))];
}
