using CsCheck;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Tests.FileSystem;

namespace Holdfast.Storage.Tests.Maps.PowerLoss;

/// <summary>As <see cref="PowerLossTests"/>, of queues and stacks: their contents are those of one moment since the last successful sync was begun.</summary>
[Collection(nameof(Alone))]
public class QueuePowerLossTests
{
    private static readonly Gen<uint> Sizes = Gen.Int[0, 5].Select(index => new uint[] { 1, 8, 12, 100, 2100, 5000 }[index]);

    [Theory]
    [InlineData(MapType.Queue)]
    [InlineData(MapType.Stack)]
    public void The_contents_are_of_one_moment(MapType type)
    {
        ForAny(type, PowerLossTests.Cases, (queue, random) =>
        {
            for (int loss = 0; loss < 4; loss++)
            {
                Play(queue, random);
                queue.Restart(queue.Disk.AfterPowerLoss(random));
                queue.Check();
            }

            queue.CheckRoom();
        });
    }

    [Theory]
    [InlineData(MapType.Queue)]
    [InlineData(MapType.Stack)]
    public void An_orderly_restart_loses_nothing(MapType type)
    {
        ForAny(type, PowerLossTests.Cases / 3, (queue, random) =>
        {
            for (int restart = 0; restart < 4; restart++)
            {
                Play(queue, random);
                queue.Restart(queue.Disk.AfterRestart());
                queue.CheckComplete();
            }

            queue.CheckRoom();
        });
    }

    /// <summary>Power is lost again and again while the map recovers.</summary>
    [Theory]
    [InlineData(MapType.Queue)]
    [InlineData(MapType.Stack)]
    public void Recovery_may_be_interrupted(MapType type)
    {
        ForAny(type, PowerLossTests.Cases / 3, (queue, random) =>
        {
            Play(queue, random);
            queue.Sync(2);
            Play(queue, random);
            byte[] image = queue.Disk.AfterPowerLoss(random);
            for (int interruption = 0; interruption < 5; interruption++)
            {
                Storage.Maps.Queues.QueueMap.Interceptor = () => PowerLossTests.Sometimes(random, queue.Disk.Look);
                try
                {
                    queue.Restart(image, () => PowerLossTests.Sometimes(random, queue.Disk.Look));
                }
                finally
                {
                    Storage.Maps.Queues.QueueMap.Interceptor = null;
                }

                queue.Disk.Look();
                image = queue.Disk.AfterPowerLoss(random);
            }

            queue.Restart(image);
            queue.Check();
            queue.CheckRoom();
        });
    }

    private static void ForAny(MapType type, long cases, Action<DurableQueue, Random> test) =>
        Gen.Select(Sizes, Gen.UInt[1, 30], Gen.Int).Sample(
            (valueSize, entries, seed) =>
            {
                using DurableQueue queue = new(type, valueSize, entries);
                test(queue, new Random(seed));
            },
            iter: cases,
            threads: 1);

    private static void Play(DurableQueue queue, Random random)
    {
        int steps = random.Next(1, 100), syncs = random.Next(3), pushes = random.Next(30, 80);
        for (int step = 0; step < steps; step++)
        {
            int choice = random.Next(100);
            if (choice < pushes)
                queue.Push(Value(queue, random), pushesOut: random.Next(2) == 0);
            else if (choice < 97)
                queue.Pop();
            else if (syncs-- > 0)
                queue.Sync(random.Next(3));
            PowerLossTests.Sometimes(random, queue.Disk.Look);
        }

        queue.Disk.Look();
    }

    private static byte[] Value(DurableQueue queue, Random random)
    {
        byte[] value = new byte[queue.Shared.Attributes.ValueSize];
        if (random.Next(3) == 0)
            value.AsSpan().Fill((byte)random.Next(3));
        else
            random.NextBytes(value);
        return value;
    }
}
