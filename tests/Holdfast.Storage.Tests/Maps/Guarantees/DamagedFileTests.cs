using System.Buffers.Binary;
using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Maps;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Tests.Maps.Guarantees;

/// <summary>
/// Map files that were damaged before they are opened, header and all: wrong answers are allowed, a crash, a hang or an access outside the mapping is
/// not. Damage while a map is in use is in <see cref="HostileFileTests"/>. <c>HOLDFAST_FUZZ_CASES</c> sets the number of cases of each kind.
/// </summary>
public class DamagedFileTests(ITestOutputHelper output)
{
    private static readonly long Cases = long.TryParse(Environment.GetEnvironmentVariable("HOLDFAST_FUZZ_CASES"), out long cases) ? cases : 1500;

    public static TheoryData<string> Subjects => MapSubjects.Names;

    [Theory]
    [MemberData(nameof(Subjects))]
    public void A_damaged_file_is_refused_or_used_without_harm(string name)
    {
        MapSubject subject = MapSubjects.Of(name);
        using TestMap map = subject.Create();
        subject.Fill(map.Shared);
        byte[] good = File.ReadAllBytes(map.Temporary.PathOf(map.File.Key));
        string victim = map.Temporary.Fs + "/victim";
        using FileStream file = new(victim, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        file.Write(good);
        Random random = new(11);
        long opened = 0, refused = 0;
        for (long number = 0; number < Cases; number++)
        {
            // What users wrote last time is part of the damage; the header is as it was, but for what follows.
            byte[] header = good[..ObjectHeaderLayout.ReadLength];
            for (int change = random.Next(0, 4); change > 0; change--)
                header[random.Next(header.Length)] ^= (byte)random.Next(1, 256);
            if (random.Next(8) != 0)
                BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(ObjectHeaderLayout.ChecksumOffset), ObjectHeaderCodec.Checksum(header));
            file.SetLength(random.Next(8) == 0 ? random.NextInt64(good.Length) : good.Length);
            Write(file, 0, header);
            for (int change = random.Next(1, 8); change > 0; change--)
                Write(file, random.NextInt64(random.Next(2) == 0 ? Math.Min(good.Length, 16_000) : good.Length), [(byte)random.Next(256)]);
            _ = Use(subject, map.Temporary.Store, victim, map.Shared, random) ? opened++ : refused++;
        }

        output.WriteLine($"{name}: {opened} opened, {refused} refused");
        Assert.True(opened > 0 && refused > 0, $"{opened} opened, {refused} refused");
    }

    private static void Write(FileStream file, long offset, ReadOnlySpan<byte> bytes)
    {
        if (offset + bytes.Length > file.Length)
            return;
        file.Position = offset;
        file.Write(bytes);
    }

    private static bool Use(MapSubject subject, Store store, string pin, SharedMap model, Random random)
    {
        if (!store.Bpffs.TryOpenPinned(pin, ObjectAccess.ReadWrite, out ObjectFile? file, out StorageError? error))
        {
            Assert.DoesNotContain('\n', error.Message);
            return false;
        }

        MapAttributes shape = MapShape.Of(file.Header.ReadAttributes<MapObjectAttributes>());
        Errno failure = SharedMap.TryOpen(file.Descriptor, shape, file.Header.DataOffset, file.Header.DataLength, writable: true, out SharedMap? map);

        // The header may say that it is another kind, or of other sizes: then it is only walked.
        bool fits = map?.GetType() == model.GetType() && shape.KeySize == model.Attributes.KeySize && shape.ValueSize == model.Attributes.ValueSize;
        for (int operation = 0; operation < 20 && map is not null; operation++)
        {
            if (fits && random.Next(4) != 0)
                _ = subject.Operate(map, random);
            else
                _ = map.NextKey([], new byte[shape.KeySize]);
        }

        map?.Dispose();
        _ = Posix.Close(file.Detach());
        return failure == Errno.None;
    }
}
