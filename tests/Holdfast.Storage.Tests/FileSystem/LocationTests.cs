using System.Diagnostics;
using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Tests.FileSystem;

/// <summary>Where stores may be, whose they are, and what a full file system does to them.</summary>
[Collection(nameof(Alone))]
public class LocationTests
{
    [Fact]
    public void A_directory_with_other_things_in_it_does_not_become_a_store()
    {
        using TemporaryStore temporary = new(open: false);
        Directory.CreateDirectory(temporary.StorePath);
        File.WriteAllText(temporary.StorePath + "/thesis.tex", "do not touch");
        Assert.False(Store.TryOpen(temporary.StorePath, new StoreOptions(), out _, out StorageError? error));
        Assert.Equal(Errno.EINVAL, error.Errno);
        Assert.Single(Directory.EnumerateFileSystemEntries(temporary.StorePath));
    }

    [Fact]
    public void A_store_that_others_may_write_is_refused_unless_asked()
    {
        using TemporaryStore temporary = new();
        File.SetUnixFileMode(temporary.StorePath, (UnixFileMode)Convert.ToInt32("770", 8));
        Assert.False(Store.TryOpen(temporary.StorePath, new StoreOptions(), out _, out StorageError? error));
        Assert.Equal(Errno.EPERM, error.Errno);
        Assert.True(Store.TryOpen(temporary.StorePath, new StoreOptions { AllowWritableByOthers = true }, out Store? store, out _));
        store.Dispose();
    }

    [Fact]
    public void A_missing_parent_and_a_file_are_told_apart()
    {
        using TemporaryStore temporary = new(open: false);
        File.WriteAllText(temporary.Root + "/file", string.Empty);
        Assert.False(Store.TryOpen(temporary.Root + "/none/store", new StoreOptions(), out _, out StorageError? error));
        Assert.Equal(Errno.ENOENT, error.Errno);
        Assert.False(Store.TryOpen(temporary.Root + "/file", new StoreOptions(), out _, out error));
        Assert.Equal(Errno.ENOTDIR, error.Errno);
        Assert.False(Store.TryOpen(temporary.StorePath, new StoreOptions { Create = false }, out _, out error));
        Assert.Equal(Errno.ENOENT, error.Errno);
    }

    [Fact]
    public void Unsuitable_file_systems_are_refused_with_the_reason()
    {
        Assert.False(Store.TryOpen("/proc/self", new StoreOptions(), out _, out StorageError? error));
        Assert.Equal(Errno.EOPNOTSUPP, error.Errno);
        Assert.Contains("proc", error.Message);
        foreach (long magic in new long[] { 0x6969, 0x65735546, 0x794C7630, 0x01021997 })
            Assert.NotNull(SupportedFileSystems.Describe(magic).Refusal);
        foreach (long magic in new long[] { 0x01021994, 0xEF53, 0x58465342, 0x9123683E })
            Assert.Null(SupportedFileSystems.Describe(magic).Refusal);
    }

    [Fact]
    public void Two_processes_that_make_a_store_at_once_make_one()
    {
        using TemporaryStore temporary = new(open: false);
        Parallel.For(0, 8, _ => temporary.Open().Dispose());
        Guid[] ids = [.. Enumerable.Range(0, 4).Select(_ =>
        {
            using Store store = temporary.Open();
            return store.Id;
        }).Distinct()];
        Assert.Single(ids);
    }

    [Fact]
    public void Another_user_gets_what_modes_allow_and_neither_creates_nor_frees()
    {
        Assert.SkipUnless(Posix.EffectiveUser() == 0, "needs root, to become another user");
        using TemporaryStore temporary = new();
        Assert.True(Posix.EffectiveUser() == 0);
        using ObjectFile map = temporary.CreateMap();
        string pin = temporary.Fs + "/p";
        Assert.Null(temporary.Store.Bpffs.Pin(map, pin));

        // By default nobody else even gets in.
        Assert.Equal("open:EACCES", Child.Run(nameof(ChildScenarios.TryAsUser), "12345", temporary.StorePath, pin).Output);

        foreach (string directory in new[] { temporary.Root, temporary.StorePath, temporary.Fs })
            File.SetUnixFileMode(directory, (UnixFileMode)Convert.ToInt32("755", 8));
        foreach (string directory in new[] { "objects", "objects/maps", "objects/programs", "objects/links", "objects/btf", "refs", "mounts" })
            File.SetUnixFileMode(Path.Combine(temporary.StorePath, directory), (UnixFileMode)Convert.ToInt32("755", 8));
        Assert.Equal(
            ["open:None", "create:EPERM", "ReadWrite:EACCES", "ReadOnly:EACCES", "WriteOnly:EACCES", "unpin:EACCES", "gc:0"],
            Child.Run(nameof(ChildScenarios.TryAsUser), "12345", temporary.StorePath, pin).Output.Split('\n'));

        // Read permission: read-only, and no way around it through the descriptor.
        File.SetUnixFileMode(pin, (UnixFileMode)Convert.ToInt32("644", 8));
        Assert.Equal(
            ["open:None", "create:EPERM", "ReadWrite:EACCES", "ReadOnly:None", "WriteOnly:EACCES", "unpin:EACCES", "gc:0", "reopen:EACCES"],
            Child.Run(nameof(ChildScenarios.TryAsUser), "12345", temporary.StorePath, pin).Output.Split('\n'));
        File.SetUnixFileMode(pin, (UnixFileMode)Convert.ToInt32("666", 8));
        Assert.Equal(
            ["open:None", "create:EPERM", "ReadWrite:None", "ReadOnly:None", "WriteOnly:None", "unpin:EACCES", "gc:0", "reopen:None"],
            Child.Run(nameof(ChildScenarios.TryAsUser), "12345", temporary.StorePath, pin).Output.Split('\n'));
        Assert.Single(temporary.Objects());
    }

    [Fact]
    public void A_full_file_system_is_ENOSPC_and_leaves_nothing_half_made()
    {
        using SmallTmpfs small = SmallTmpfs.MountOrSkip();
        using TemporaryStore temporary = new(small.Path);
        List<ObjectFile> files = [];
        StorageError? error = null;
        ObjectDefinition definition = TemporaryStore.Map() with
        {
            DataLength = 16384,
            InitializeData = descriptor => (Errno)Tmds.Linux.LibC.posix_fallocate(descriptor, 4096, 16384),
        };
        while (temporary.Store.TryCreate(definition, out ObjectFile? file, out error))
            files.Add(file);
        Assert.Equal(Errno.ENOSPC, error.Errno);
        Assert.NotEmpty(files);
        Assert.Equal(files.Count, temporary.Objects().Count);
        foreach (ObjectFile file in files)
            Assert.Equal(Errno.None, file.TryRefresh(out _));
        foreach (ObjectFile file in files)
            file.Dispose();
        Assert.Empty(temporary.Objects());
    }

    [Fact]
    public void Another_file_system_is_EXDEV_with_the_remedy()
    {
        using SmallTmpfs small = SmallTmpfs.MountOrSkip();
        using TemporaryStore temporary = new();
        using TemporaryStore there = new(small.Path);
        using ObjectFile map = temporary.CreateMap();
        StorageError? error = temporary.Store.Bpffs.Pin(map, there.Fs + "/p");
        Assert.Equal(Errno.EXDEV, error?.Errno);
        Assert.Contains("--store", error!.Message);
        string directory = Directory.CreateDirectory(small.Path + "/d").FullName;
        Assert.Equal(Errno.EXDEV, temporary.Store.Bpffs.Mount(directory, new BpffsOptions())?.Errno);
        Assert.Empty(Directory.EnumerateFileSystemEntries(directory));
    }

    [Fact]
    public void The_store_describes_itself()
    {
        using TemporaryStore temporary = new();
        StoreDescription description = temporary.Store.Describe();
        Assert.Equal(temporary.StorePath, description.Path);
        Assert.Equal((null, null), (description.WhyNoCreation, description.WhyNoSweep));
        Assert.True(description.FreeBytes > 0 && description.TotalBytes >= description.FreeBytes);
        Assert.Equal(Environment.ProcessorCount, description.ExecutionSlots);
        if (temporary.Root.StartsWith("/dev/shm/", StringComparison.Ordinal))
            Assert.Equal(("tmpfs", StoreLifetime.UntilReboot), (description.FileSystem, description.Lifetime));
    }

    [Fact]
    public void After_a_restart_ids_go_on_after_the_highest_in_use()
    {
        using TemporaryStore temporary = new();
        ObjectFile map = temporary.CreateMap();
        Assert.Null(temporary.Store.Bpffs.Pin(map, temporary.Fs + "/p"));

        // The counters were lost, as if the page had never reached the disk.
        byte[] state = File.ReadAllBytes(temporary.StorePath + "/state");
        state.AsSpan(16, 16).Clear();
        state.AsSpan(64, 40).Clear();
        File.WriteAllBytes(temporary.StorePath + "/state", state);
        using Store later = temporary.Open(new StoreOptions { BootId = Guid.NewGuid() });
        using ObjectFile next = TemporaryStore.Create(later, TemporaryStore.Map());
        Assert.Equal(map.Key.Id + 1, next.Key.Id);
        map.Dispose();
    }
}
