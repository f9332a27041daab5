using System.Buffers.Binary;
using CsCheck;
using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Tests.FileSystem;

/// <summary>Object files that are hostile, truncated, or made by a newer version.</summary>
[Collection(nameof(Alone))]
public class DamageTests
{
    private static readonly long Cases = long.TryParse(Environment.GetEnvironmentVariable("HOLDFAST_FUZZ_CASES"), out long cases) ? cases : 100_000;

    [Fact]
    public void Mutated_files_are_opened_or_refused_but_never_harm()
    {
        using TemporaryStore temporary = new();
        byte[] good = ProgramBytes(temporary);
        string victim = temporary.Fs + "/victim";
        using FileStream file = new(victim, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite);
        int opened = 0;
        Gen<(int Offset, byte Value)[]> changes = Gen.Select(Gen.Frequency((3, Gen.Int[0, 1215]), (1, Gen.Int[0, good.Length - 1])), Gen.Byte).Array[1, 6];
        Gen.Select(changes, Gen.Frequency((8, Gen.Const(good.Length)), (2, Gen.Int[0, good.Length])), Gen.Bool).Sample(
            (mutations, length, repairChecksum) =>
            {
                byte[] bytes = [.. good];
                foreach ((int offset, byte value) in mutations)
                    bytes[offset] = value;
                if (repairChecksum)
                    BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(ObjectHeaderLayout.ChecksumOffset), ObjectHeaderCodec.Checksum(bytes));
                file.Position = 0;
                file.Write(bytes.AsSpan(0, length));
                file.SetLength(length);
                file.Flush();
                opened += Use(temporary.Store, victim);
            },
            iter: Cases,
            threads: 1);

        // Both ends must have been exercised.
        Assert.InRange(opened, 1, Cases - 1);
    }

    [Theory]
    [InlineData(0, Errno.EACCES)]
    [InlineData(7, Errno.EACCES)]
    [InlineData(8, Errno.EINVAL)]
    [InlineData(1023, Errno.EINVAL)]
    [InlineData(1215, Errno.EINVAL)]
    public void A_truncated_file_is_no_object(int length, Errno expected)
    {
        using TemporaryStore temporary = new();
        File.WriteAllBytes(temporary.Fs + "/cut", ProgramBytes(temporary)[..length]);
        Assert.Equal(expected, TemporaryStore.GetErrno(temporary.Store, temporary.Fs + "/cut"));
    }

    [Fact]
    public void A_shortened_object_answers_errors_for_its_sections()
    {
        using TemporaryStore temporary = new();
        using ObjectFile program = TemporaryStore.Create(temporary.Store, TemporaryStore.Program());
        using (FileStream file = new(temporary.PathOf(program.Key), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
            file.SetLength(4096);
        Assert.False(program.TryReadSection(ObjectSectionKind.Instructions, out _, out StorageError? error));
        Assert.Equal(Errno.EINVAL, error.Errno);
    }

    [Fact]
    public void An_object_of_a_newer_version_is_not_opened_and_stops_all_sweeping()
    {
        using TemporaryStore temporary = new();
        ObjectFile orphan = temporary.CreateMap();
        Assert.Null(temporary.Store.Bpffs.Pin(orphan, temporary.Fs + "/orphan"));
        orphan.Dispose();
        File.Delete(temporary.Fs + "/orphan");
        ObjectFile newer = temporary.CreateMap();
        Assert.Null(temporary.Store.Bpffs.Pin(newer, temporary.Fs + "/newer"));
        Patch(temporary.Fs + "/newer", ObjectHeaderLayout.IncompatOffset, 1);
        newer.Detach();
        Assert.Equal(Errno.EOPNOTSUPP, TemporaryStore.GetErrno(temporary.Store, temporary.Fs + "/newer"));

        CollectorStatistics statistics = temporary.Store.Collector.Collect();
        Assert.Equal(0, statistics.Freed);
        Assert.Contains("newer", statistics.WhyNot);
        Assert.Equal(2, temporary.Objects().Count);

        // Another process of the same version knows without looking, and its last closes free nothing either.
        using Store other = temporary.Open(new StoreOptions());
        TemporaryStore.Create(other, TemporaryStore.Map()).Dispose();
        Assert.Equal(3, temporary.Objects().Count);
    }

    [Fact]
    public void Unknown_read_only_features_allow_reading_and_unknown_compatible_ones_everything()
    {
        using TemporaryStore temporary = new();
        using ObjectFile map = temporary.CreateMap();
        string pin = temporary.Fs + "/p";
        Assert.Null(temporary.Store.Bpffs.Pin(map, pin));
        Patch(pin, ObjectHeaderLayout.CompatOffset, 1);
        Assert.Equal(Errno.None, TemporaryStore.GetErrno(temporary.Store, pin));
        Patch(pin, ObjectHeaderLayout.ReadOnlyCompatOffset, 1);
        Assert.Equal(Errno.EROFS, TemporaryStore.GetErrno(temporary.Store, pin));
        Assert.Equal(Errno.None, TemporaryStore.GetErrno(temporary.Store, pin, ObjectAccess.ReadOnly));
    }

    [Theory]
    [InlineData(32, true, true)]
    [InlineData(24, true, false)]
    [InlineData(16, false, false)]
    public void A_store_of_a_newer_version_is_refused_or_only_read(int offset, bool limits, bool refuses)
    {
        using TemporaryStore temporary = new();
        byte[] bytes = File.ReadAllBytes(temporary.StorePath + "/store");
        bytes[offset] = 1;
        bytes.AsSpan(12, 4).Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(12), ObjectHeaderCodec.ChecksumOf(bytes));
        File.WriteAllBytes(temporary.StorePath + "/store", bytes);
        bool opened = Store.TryOpen(temporary.StorePath, new StoreOptions(), out Store? store, out StorageError? error);
        Assert.Equal(!refuses, opened);
        Assert.Equal(refuses ? Errno.EOPNOTSUPP : null, error?.Errno);
        if (store is null)
            return;
        using (store)
            Assert.Equal(limits, !store.TryCreate(TemporaryStore.Map(), out ObjectFile? file, out _) || DisposeFalse(file));
    }

    [Fact]
    public void A_damaged_store_file_is_refused_in_one_line()
    {
        using TemporaryStore temporary = new();
        File.WriteAllText(temporary.StorePath + "/store", "HF-STORE but not really");
        Assert.False(Store.TryOpen(temporary.StorePath, new StoreOptions(), out _, out StorageError? error));
        Assert.Equal(Errno.EINVAL, error.Errno);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void What_is_not_understood_is_live_and_so_is_what_it_refers_to()
    {
        using TemporaryStore temporary = new();
        ObjectFile map = temporary.CreateMap();
        ObjectFile program = TemporaryStore.Create(temporary.Store, TemporaryStore.Program(map));
        ObjectKey[] keys = [map.Key, program.Key];
        using (FileStream file = new(temporary.PathOf(program.Key), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
        {
            file.Position = 200;
            file.WriteByte(0xEE);
        }

        _ = Posix.Close(program.Detach());
        map.Dispose();
        CollectorStatistics statistics = temporary.Store.Collector.Collect();
        Assert.Equal((0, 1), (statistics.Freed, statistics.NotUnderstood));
        Assert.Equal(keys, temporary.Objects());
    }

    private static bool DisposeFalse(ObjectFile file)
    {
        file.Dispose();
        return false;
    }

    private static int Use(Store store, string path)
    {
        if (!store.Bpffs.TryOpenPinned(path, ObjectAccess.ReadWrite, out ObjectFile? file, out StorageError? error))
        {
            Assert.True(error.Errno is Errno.EACCES or Errno.EINVAL or Errno.EOPNOTSUPP or Errno.ENOENT or Errno.EROFS, error.ToString());
            return 0;
        }

        for (int index = 0; index < file.Header.SectionCount; index++)
            _ = file.TryReadSection(file.Header.Section(index).Kind, out _, out _);
        _ = file.Header.ReadAttributes<ProgramObjectAttributes>();
        _ = (file.Header.Name.ToString(), file.Header.Created, file.Header.BootId);
        _ = Posix.Close(file.Detach());
        return 1;
    }

    private static byte[] ProgramBytes(TemporaryStore temporary)
    {
        using ObjectFile program = TemporaryStore.Create(temporary.Store, TemporaryStore.Program());
        return File.ReadAllBytes(temporary.PathOf(program.Key));
    }

    private static void Patch(string path, int offset, byte value)
    {
        byte[] bytes = File.ReadAllBytes(path);
        bytes[offset] = value;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(ObjectHeaderLayout.ChecksumOffset), ObjectHeaderCodec.Checksum(bytes));
        using FileStream file = new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        file.Write(bytes);
    }
}
