using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Maps;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Tests.Maps.Guarantees;

/// <summary>
/// Somebody else writes any bytes anywhere into the file of a map in use: states, locks, leases, elements, snapshots, the boot's id. Wrong
/// answers are allowed, a crash, an access outside of the mapping and an operation without end are not. <c>HOLDFAST_HOSTILE_OPERATIONS</c>
/// sets the number of operations of each kind.
/// </summary>
public class HostileFileTests(ITestOutputHelper output)
{
    private const int BetweenOpenings = 200;
    private const int Patience = 60_000; // ms
    private static readonly long Count = long.TryParse(Environment.GetEnvironmentVariable("HOLDFAST_HOSTILE_OPERATIONS"), out long count) ? count : 40_000;

    public static TheoryData<string> Subjects => MapSubjects.Names;

    [Theory]
    [MemberData(nameof(Subjects))]
    public void Any_byte_may_change_at_any_time(string name)
    {
        MapSubject subject = MapSubjects.Of(name);
        using TestMap map = subject.Create();
        subject.Fill(map.Shared);
        if (map.Shared.Attributes.IsDurable)
            Assert.Null(map.Temporary.Store.Sync());
        string path = map.Temporary.PathOf(map.File.Key);
        using FileStream file = new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        Random random = new(7);
        long answers = 0, openings = 0, refused = 0, since = Environment.TickCount64;
        using Timer watchdog = new(
            _ =>
            {
                if (Environment.TickCount64 - Volatile.Read(ref since) > Patience)
                    Environment.FailFast($"an operation on a hostile {name} has no end");
            },
            null, 1000, 1000);
        SharedMap? view = null;
        ObjectFile? opened = null;
        for (long operation = 0; operation < Count; operation++)
        {
            Volatile.Write(ref since, Environment.TickCount64);
            if (operation % BetweenOpenings == 0)
            {
                view?.Dispose();
                opened?.Dispose();
                openings++;
                if (!TryOpen(map, random.Next(2) == 0, out opened, out view))
                    refused++;
            }

            if (operation % 4 == 0)
                Scribble(file, random);
            answers += subject.Operate(random.Next(2) == 0 && view is not null ? view : map.Shared, random) == 0 ? 1 : 0;
        }

        view?.Dispose();
        opened?.Dispose();
        output.WriteLine($"{name}: {Count} operations, {Count / 4} scribbles, {answers} succeeded; opened {openings} times, refused {refused} times");
        Assert.InRange(answers, 1, Count);
    }

    /// <summary>Opens the map once more, as after a restart or not.</summary>
    private static bool TryOpen(TestMap map, bool restarted, out ObjectFile? file, out SharedMap? view)
    {
        if (restarted)
            map.Poke(ObjectHeaderLayout.BootIdOffset - ObjectHeaderLayout.DataOffset, Guid.NewGuid().ToByteArray());
        view = null;
        if (!map.Temporary.Store.TryOpenById(map.File.Key, ObjectAccess.ReadWrite, out file, out StorageError? error))
        {
            Assert.DoesNotContain('\n', error.Message);
            return false;
        }

        MapAttributes shape = MapShape.Of(file.Header.ReadAttributes<MapObjectAttributes>());
        return SharedMap.TryOpen(file.Descriptor, shape, file.Header.DataOffset, file.Header.DataLength, writable: true, out view) == Errno.None;
    }

    private static void Scribble(FileStream file, Random random)
    {
        byte[] bytes = new byte[random.Next(1, 9)];
        random.NextBytes(bytes);
        if (random.Next(2) == 0)
            Array.Fill(bytes, random.Next(2) == 0 ? (byte)0 : (byte)0xff);

        // Everything behind what never changes, mostly the control blocks at the front; what never changes is checked at opening, and copied.
        long from = random.Next(8) == 0 ? ObjectHeaderLayout.StateOffset : ObjectHeaderLayout.LeaseTableOffset, length = file.Length - from;
        long place = from + random.NextInt64(random.Next(2) == 0 ? Math.Min(length, 12_000) : length);
        if (place + bytes.Length > file.Length)
            return;
        file.Position = place;
        file.Write(bytes);
    }
}
