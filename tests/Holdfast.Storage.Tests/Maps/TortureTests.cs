using System.Diagnostics;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Tests.FileSystem;

namespace Holdfast.Storage.Tests.Maps;

/// <summary>
/// Writers are killed with SIGKILL at random moments, in a loop, while readers check every value. <c>HOLDFAST_TORTURE</c> sets
/// the number of kills.
/// </summary>
[Collection(nameof(Alone))]
public class TortureTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(MapType.Hash, 200, false, 104)]
    [InlineData(MapType.Hash, 60, true, 104)]
    [InlineData(MapType.Hash, 60, false, 8)]
    [InlineData(MapType.LruHash, 60, false, 104)]
    [InlineData(MapType.LruHash, 30, true, 104)]
    [InlineData(MapType.LruHash, 30, false, 8)]
    [InlineData(MapType.Array, 60, false, 104)]
    [InlineData(MapType.Array, 30, true, 104)]
    [InlineData(MapType.LpmTrie, 100, false, 104)]
    [InlineData(MapType.PerCpuHash, 20, false, 104)]
    [InlineData(MapType.LruPerCpuHash, 20, false, 104)]
    [InlineData(MapType.PerCpuArray, 20, false, 104)]
    [InlineData(MapType.HashOfMaps, 20, false, 4)]
    [InlineData(MapType.ProgArray, 10, false, 4)]
    [InlineData(MapType.ArrayOfMaps, 10, false, 4)]
    [InlineData(MapType.BloomFilter, 10, false, 8)]
    [InlineData(MapType.StackTrace, 20, false, 104)]
    public void Killing_writers_loses_nothing_and_blocks_nobody(MapType type, int kills, bool durable, int valueSize)
    {
        if (int.TryParse(Environment.GetEnvironmentVariable("HOLDFAST_TORTURE"), out int more))
            kills = more;

        // Barely more room than keys: what dead writers leave behind is soon missed.
        using TestMap map = type == MapType.LpmTrie
            ? TestMap.Create(type, 8, (uint)valueSize, Torture.Keys, MapFlags.NoPrealloc)
            : TestMap.Create(type, type == MapType.BloomFilter ? 0u : 4, (uint)valueSize, Torture.EntriesOf(type), durable: durable ? true : null);
        string pin = map.Pin("m");
        string ledgerPath = map.Temporary.Root + "/ledger";
        using Ledger ledger = new(ledgerPath);
        byte[] value = new byte[map.Shared.ValueBufferSize];
        for (uint key = 0; key < Torture.SharedKeys; key++)
            Torture.WriteShared(map.Shared, key, 1, value);

        Random random = new();
        Process[] readers = [.. Enumerable.Range(0, 2).Select(_ => Child.Start(nameof(ChildScenarios.TortureReader), map.Temporary.StorePath, pin, ledgerPath))];
        Process?[] writers = new Process?[Torture.Writers];
        Wait longest = default;
        int killed = 0;
        for (int window = 1; killed < kills; window++)
        {
            StartMissing(writers, map.Temporary.StorePath, pin, ledgerPath, random);
            ledger.IsRunning = true;
            Pause(random);

            // Some windows leave a survivor, who must get past the dead ones' locks.
            int survivor = window % (Torture.Writers + 1);
            for (int number = 0; number < Torture.Writers; number++)
            {
                if (number == survivor)
                    continue;
                Kill(ref writers[number]);
                killed++;
                for (uint index = 0; index < Torture.KeysOfWriter; index++)
                    Torture.CheckOwn(map.Shared, ledger, Torture.OwnKey((uint)number, index), value);
            }

            Pause(random);
            ledger.IsRunning = false;
            if (survivor == Torture.Writers)
            {
                longest = longest.Or(Torture.CheckAtRest(map.Shared, ledger, value));
            }
        }

        foreach (Process? writer in writers)
            writer?.Kill();
        long reads = 0;
        foreach (Process reader in readers)
        {
            (int exit, string text) = Child.Finish(reader);
            Assert.Equal(0, exit);
            reads += long.Parse(text.Split('\n')[^1]);
        }

        ulong updates = 0;
        for (uint key = Torture.SharedKeys; key < Torture.Keys; key++)
            updates += ledger.Completed(key);
        string kind = $"{(durable ? "durable " : "")}{type} of {valueSize} bytes";
        output.WriteLine($"torture: {kind}: {killed} kills, {updates} completed updates, {reads} reads, longest wait for a dead writer's lock {longest}");
        Assert.True(longest.Net < TimeSpan.FromSeconds(1), $"{longest}");
        Assert.True(reads > 0 && updates > (ulong)kills, $"{reads} reads, {updates} updates");
    }

    private static void StartMissing(Process?[] writers, string store, string pin, string ledger, Random random)
    {
        List<Process> started = [];
        for (int number = 0; number < writers.Length; number++)
        {
            if (writers[number] is null)
                started.Add(writers[number] = Child.Start(nameof(ChildScenarios.TortureWriter), store, pin, ledger, number.ToString(), random.Next().ToString()));
        }

        foreach (Process writer in started)
        {
            if (writer.StandardOutput.ReadLine() != "ready")
                Assert.Fail($"a writer ended by itself: {writer.StandardError.ReadToEnd()}");
        }
    }

    private static void Pause(Random random)
    {
        long end = Stopwatch.GetTimestamp() + random.Next((int)(Stopwatch.Frequency / 250));
        while (Stopwatch.GetTimestamp() < end)
            Thread.Yield();
    }

    private static void Kill(ref Process? writer)
    {
        Assert.False(writer!.HasExited, "a writer ended by itself");
        writer.Kill();
        writer.WaitForExit();
        Assert.Equal(128 + 9, writer.ExitCode);
        writer.Dispose();
        writer = null;
    }
}
