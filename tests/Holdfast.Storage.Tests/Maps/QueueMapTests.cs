using System.Diagnostics;
using System.Globalization;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps.Queues;
using Holdfast.Storage.Tests.FileSystem;
using Holdfast.Storage.Tests.FileSystem.Lifetime;

namespace Holdfast.Storage.Tests.Maps;

/// <summary>Queues and stacks in shared memory: deaths between any two stores, killed processes, restarts, readers beside writers.</summary>
[Collection(nameof(Alone))]
public class QueueMapTests
{
    public const int ValueSize = 40;

    [Theory]
    [InlineData(MapType.Queue)]
    [InlineData(MapType.Stack)]
    public void A_death_between_any_two_stores_leaves_the_state_before_or_after(MapType type)
    {
        using TestMap map = TestMap.Create(type, 0, ValueSize, 5);
        Random random = new(3);
        List<uint> model = [];
        int deaths = 0;
        for (uint step = 1; step < 600; step++)
        {
            bool pushes = random.Next(2) == 0;
            UpdateFlags flags = random.Next(2) == 0 ? UpdateFlags.Exist : UpdateFlags.Any;
            byte[] value = new byte[ValueSize];
            List<uint> after = Next(model, type, pushes, flags, step);
            using (TestMap mortal = map.Again())
            {
                int left = random.Next(1, 6);
                QueueMap.Interceptor = () =>
                {
                    if (--left == 0)
                        throw new SimulatedDeathException();
                };
                try
                {
                    int result = pushes ? mortal.Shared.Update([], SelfVerifying.Value(ValueSize, step, step), flags) : mortal.Shared.LookupAndDelete([], value);
                    int expected = pushes ? after.Count == model.Count && flags == UpdateFlags.Any ? -(int)Errno.E2BIG : 0 : model.Count == 0 ? -(int)Errno.ENOENT : 0;
                    Assert.Equal(expected, result);
                    Assert.Equal(after, Contents(map));
                    model = after;
                    continue;
                }
                catch (SimulatedDeathException)
                {
                    deaths++;
                }
                finally
                {
                    QueueMap.Interceptor = null;
                }
            }

            List<uint> found = Contents(map);
            Assert.True(found.SequenceEqual(after) || found.SequenceEqual(model), $"step {step}: {string.Join(' ', model)} became {string.Join(' ', found)}");
            model = found;
            // The lock of the dead is taken over.
            Assert.Equal(model.Count == 0 ? -(int)Errno.ENOENT : 0, map.Shared.LookupAndDelete([], value));
            if (model.Count > 0)
                model.RemoveAt(type == MapType.Stack ? model.Count - 1 : 0);
            Assert.Equal(model, Contents(map));
        }

        Assert.InRange(deaths, 100, 600);
    }

    /// <summary>
    /// Producers, each numbering what it pushes, and consumers that note what they popped, are killed at random: nothing that was noted
    /// as pushed is lost, nothing comes twice, nothing is torn.
    /// </summary>
    [Fact]
    public void Killed_producers_and_consumers_lose_nothing_and_double_nothing()
    {
        using TestMap map = TestMap.Create(MapType.Queue, 0, ValueSize, 100);
        string pin = map.Pin("q"), logs = Directory.CreateDirectory(map.Temporary.Root + "/logs").FullName;
        Random random = new();
        int kills = int.TryParse(Environment.GetEnvironmentVariable("HOLDFAST_TORTURE"), out int more) ? more : 60;
        List<Process> running = [];
        int started = 0;
        while (started < kills)
        {
            while (running.Count < 4)
            {
                string scenario = running.Count % 2 == 0 ? nameof(ChildScenarios.QueueProducer) : nameof(ChildScenarios.QueueConsumer);
                running.Add(Child.Start(scenario, map.Temporary.StorePath, pin, $"{logs}/{scenario}-{started}", started.ToString(CultureInfo.InvariantCulture)));
                started++;
            }

            foreach (Process child in running)
                Assert.Equal("ready", child.StandardOutput.ReadLine());
            Thread.Sleep(random.Next(5, 40));
            foreach (Process child in running)
            {
                Assert.False(child.HasExited, "a child ended by itself");
                child.Kill();
                child.WaitForExit();
                child.Dispose();
            }

            running.Clear();
        }

        // What is left; the first to come takes the dead's lock over.
        HashSet<ulong> popped = [];
        byte[] value = new byte[ValueSize];
        while (map.Shared.LookupAndDelete([], value) == 0)
            Note(popped, value);
        ulong[] noted = [.. Directory.GetFiles(logs, "*Consumer*").SelectMany(Numbers)];
        foreach (ulong number in noted)
            Assert.True(popped.Add(number), $"{number} came twice");

        // A consumer may die after its pop and before its note: at most one for each.
        ulong[] missing = [.. Directory.GetFiles(logs, "*Producer*").SelectMany(Numbers).Where(number => !popped.Contains(number))];
        Assert.True(missing.Length <= kills / 2, $"{missing.Length} lost: {string.Join(' ', missing.Take(10))}");
        Assert.True(popped.Count > kills, $"{popped.Count}");
    }

    [Fact]
    public void A_restart_keeps_what_is_there_and_locks_nothing()
    {
        using TestMap map = TestMap.Create(MapType.Queue, 0, ValueSize, 5);
        for (uint at = 1; at < 4; at++)
            Assert.Equal(0, map.Shared.Update([], SelfVerifying.Value(ValueSize, at, at), UpdateFlags.Any));
        map.Poke(QueueLayout.LockOffset, BitConverter.GetBytes(0x0000_0101u));
        map.Poke(Storage.Memory.ObjectHeaderLayout.BootIdOffset - Storage.Memory.ObjectHeaderLayout.DataOffset, new byte[16]);
        using TestMap again = map.Again();
        Assert.Equal([1u, 2u, 3u], Contents(again));
        Assert.Equal(0, again.Shared.LookupAndDelete([], new byte[ValueSize]));
    }

    /// <summary>Peeks beside a writer that turns the stack over and over: always one whole value.</summary>
    [Theory]
    [InlineData(MapType.Queue)]
    [InlineData(MapType.Stack)]
    public async Task Peeks_are_never_torn(MapType type)
    {
        using TestMap map = TestMap.Create(type, 0, ValueSize, 2);
        Assert.Equal(0, map.Shared.Update([], SelfVerifying.Value(ValueSize, 1, 1), UpdateFlags.Any));
        using CancellationTokenSource over = new();
        Task writer = Task.Run(() =>
        {
            using TestMap mine = map.Again();
            byte[] value = new byte[ValueSize];
            for (ulong counter = 2; !over.IsCancellationRequested; counter++)
            {
                _ = mine.Shared.Update([], SelfVerifying.Value(ValueSize, 1, counter), UpdateFlags.Any);
                _ = mine.Shared.LookupAndDelete([], value);
            }
        });
        byte[] read = new byte[ValueSize];
        long end = Environment.TickCount64 + 500;
        while (Environment.TickCount64 < end)
        {
            Assert.Equal(0, map.Shared.Lookup([], read));
            Assert.True(SelfVerifying.Read(read, 1) is not null, Convert.ToHexString(read));
        }

        await over.CancelAsync();
        await writer;
    }

    private static void Note(HashSet<ulong> popped, byte[] value)
    {
        ulong? number = SelfVerifying.Read(value, 1);
        Assert.True(number is not null, $"torn: {Convert.ToHexString(value)}");
        Assert.True(popped.Add(number.Value), $"{number} came twice");
    }

    /// <summary>The numbers that a child noted; a number cut off by its death is none.</summary>
    private static IEnumerable<ulong> Numbers(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        for (int at = 0; at + 8 <= bytes.Length; at += 8)
            yield return BitConverter.ToUInt64(bytes, at);
    }

    private static List<uint> Next(List<uint> model, MapType type, bool pushes, UpdateFlags flags, uint number)
    {
        List<uint> next = [.. model];
        if (pushes)
        {
            if (next.Count == 5 && flags == UpdateFlags.Exist)
                next.RemoveAt(0);
            if (next.Count < 5)
                next.Add(number);
        }
        else if (next.Count > 0)
        {
            next.RemoveAt(type == MapType.Stack ? next.Count - 1 : 0);
        }

        return next;
    }

    private static List<uint> Contents(TestMap map)
    {
        List<uint> found = [];
        Assert.Equal(Errno.None, map.Shared.ReadEntries((key, value) =>
        {
            uint number = BitConverter.ToUInt32(value);
            Assert.True(key.IsEmpty && SelfVerifying.Read(value, number) == number, Convert.ToHexString(value));
            found.Add(number);
            return Errno.None;
        }));
        return found;
    }
}
