using System.Diagnostics;
using System.Globalization;
using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Tests.FileSystem;

/// <summary>Quotas: what they count, what they refuse, who sets them, and that no death or race gets the better of them.</summary>
[Collection(nameof(Alone))]
public sealed class QuotaTests
{
    private const long MapBytes = ObjectHeaderLayout.PageLength + 4096;

    [Fact]
    public void PastTheStoresQuotaCreationFailsAndNothingIsHarmed()
    {
        using TemporaryStore temporary = new();
        using ObjectFile first = temporary.CreateMap();
        Set(temporary.Store, new(null, 2, null));
        ObjectFile second = temporary.CreateMap();
        StorageError error = Refused(temporary.Store);
        Assert.Equal(Errno.ENOSPC, error.Errno);
        Assert.Equal(
            $"the quota of the store {temporary.StorePath} is used up: 2 of 2 objects are there; unpin something and run 'holdfast gc', or raise it with 'holdfast quota set --objects N'",
            error.Message);
        Assert.Equal(2, temporary.Objects().Count);
        Assert.Equal(Errno.None, second.TryRefresh(out _));
        Assert.Equal((2ul, 2ul * MapBytes), Used(temporary.Store));

        // Below what is there: the same. What goes makes room.
        Set(temporary.Store, new(null, 1, null));
        second.Dispose();
        _ = Refused(temporary.Store);
        Set(temporary.Store, new(null, 2, null));
        temporary.CreateMap().Dispose();
        temporary.CreateMap().Dispose();
        Assert.Equal((1ul, (ulong)MapBytes), Used(temporary.Store));

        Set(temporary.Store, new(null, null, null));
        Assert.Null(temporary.Store.Quotas.Read(out IReadOnlyList<StoreQuota> none));
        Assert.Empty(none);
        using ObjectFile more = temporary.CreateMap(), evenMore = temporary.CreateMap();
    }

    [Fact]
    public void BytesAreWhatAnObjectMayGrowTo()
    {
        using TemporaryStore temporary = new();
        Set(temporary.Store, new(null, null, 3 * MapBytes));
        using ObjectFile map = temporary.CreateMap();
        Assert.False(temporary.Store.TryCreate(TemporaryStore.Map(length: 1 << 20), out _, out StorageError? error));
        Assert.Equal(Errno.ENOSPC, error.Errno);
        Assert.Contains($"{MapBytes} of {3 * MapBytes} bytes are taken, and the object may grow to {(1 << 20) + ObjectHeaderLayout.PageLength};", error.Message);
        using ObjectFile program = TemporaryStore.Create(temporary.Store, TemporaryStore.Program(map));
        ulong length = (ulong)new FileInfo(temporary.PathOf(program.Key)).Length;
        Assert.Equal((2ul, MapBytes + length), Used(temporary.Store));
    }

    [Fact]
    public void AUsersQuotaIsAskedToo()
    {
        using TemporaryStore temporary = new();
        Set(temporary.Store, new(null, 3, null));
        Set(temporary.Store, new(Posix.EffectiveUser(), 1, null));
        using ObjectFile map = temporary.CreateMap();
        StorageError error = Refused(temporary.Store);
        Assert.Equal(Errno.EPERM, error.Errno);
        Assert.StartsWith($"the quota of user {Posix.EffectiveUser()} in {temporary.StorePath} is used up: 1 of 1 objects are there;", error.Message);
        Assert.Equal(Errno.EINVAL, temporary.Store.Quotas.Set(new(Posix.EffectiveUser() + 1, 1, null))?.Errno);
        Assert.Equal(2, All(temporary.Store).Count);
        Set(temporary.Store, new(Posix.EffectiveUser(), null, null));
        using ObjectFile second = temporary.CreateMap(), third = temporary.CreateMap();
        Assert.Equal(Errno.ENOSPC, Refused(temporary.Store).Errno);
    }

    [Fact]
    public void WhatPlainRmOrphansMakesRoom()
    {
        using TemporaryStore temporary = new();
        Set(temporary.Store, new(null, 1, null));
        using (ObjectFile map = temporary.CreateMap())
            Assert.Null(temporary.Store.Bpffs.Pin(map, temporary.Fs + "/m"));
        _ = Refused(temporary.Store);
        File.Delete(temporary.Fs + "/m");
        temporary.CreateMap().Dispose();
    }

    [Fact]
    public void RacingProcessesStopExactlyAtTheLimit()
    {
        const int Limit = 100;
        using TemporaryStore temporary = new();
        Set(temporary.Store, new(null, Limit, null));
        Process[] racers = [.. Enumerable.Range(0, 4).Select(_ => Child.Start(nameof(ChildScenarios.CreateUntilRefused), temporary.StorePath))];
        int[] created = [.. racers.Select(racer => int.Parse(racer.StandardOutput.ReadLine()!, CultureInfo.InvariantCulture))];
        Assert.Equal(Limit, created.Sum());
        Assert.Equal(Limit, temporary.Objects().Count);
        foreach (Process racer in racers)
            Assert.Equal(0, Child.Finish(racer).Exit);
        Assert.Equal((0ul, 0ul), Used(temporary.Store));
    }

    /// <summary>Between its making and its lock a new file looks like a dead creator's: a sweep may take it, and the creator makes another.</summary>
    [Fact]
    public void AHalfMadeFileThatASweepTakesLeavesItsMakersCount()
    {
        using TemporaryStore temporary = new();
        Set(temporary.Store, new(null, 100, null));
        Assert.Null(temporary.Store.Ledger.Begin(8192, out QuotaHold? hold));
        string file = Path.Combine(temporary.StorePath, "objects/maps/1");
        File.WriteAllBytes(file, []);
        Assert.Equal(1, temporary.Store.Collector.Sweep(256).Freed);
        Assert.False(File.Exists(file));
        Assert.Equal(1ul, Used(temporary.Store).Objects);
        temporary.Store.Ledger.Cancel(hold);
        Assert.Equal((0ul, 0ul), Used(temporary.Store));
    }

    [Theory]
    [InlineData("create")]
    [InlineData("create-program")]
    [InlineData("close-program")]
    public void AKillBetweenAnyTwoSystemCallsIsFoundAtTheLimit(string operation)
    {
        const int Limit = 7;
        using TemporaryStore temporary = new();
        Set(temporary.Store, new(null, Limit, null));
        for (int point = 0, finished = 0; finished == 0; point++)
        {
            (int exit, string output) = Child.Run(nameof(ChildScenarios.DieWithin), point.ToString(CultureInfo.InvariantCulture), temporary.StorePath, operation);
            Assert.Equal(128 + 9, exit);
            finished = output.Length;
            List<ObjectFile> fill = CreateUntilRefused(temporary.Store);
            Assert.True(temporary.Objects().Count == Limit, $"{operation} killed before call {point}: {temporary.Objects().Count} objects at a limit of {Limit}");
            fill.ForEach(file => file.Dispose());
            foreach (string pin in Directory.EnumerateFiles(temporary.Fs).Where(pin => !pin.EndsWith(".bpffs", StringComparison.Ordinal)))
                Assert.Null(temporary.Store.Bpffs.Unpin(pin));
            _ = temporary.Store.Collector.Collect();
            Assert.Equal((0ul, 0ul), Used(temporary.Store));
        }
    }

    /// <summary>Every number that a death could leave: the counts alone, without a file, and the other way round.</summary>
    [Theory]
    [InlineData(5)]
    [InlineData(0)]
    public void ADoubtedCountIsCountedAnew(int wrong)
    {
        using TemporaryStore temporary = new();
        using ObjectFile first = temporary.CreateMap();
        Set(temporary.Store, new(null, 2, null));
        temporary.Store.State!.QuotaWord(QuotaLayout.StoreAccount + QuotaLayout.Objects) = (ulong)wrong;
        temporary.Store.State!.QuotaWord(QuotaLayout.BegunWord)++;
        List<ObjectFile> fill = CreateUntilRefused(temporary.Store);
        fill.ForEach(file => file.Dispose());
        if (wrong > 1)
            Assert.Single(fill);
        Assert.Equal((1ul, (ulong)MapBytes), Used(temporary.Store, collect: true));
    }

    [Fact]
    public void AfterARestartAllIsCounted()
    {
        using TemporaryStore temporary = new();
        using ObjectFile map = temporary.CreateMap();
        Set(temporary.Store, new(null, 5, null));
        temporary.Store.State!.QuotaWord(QuotaLayout.StoreAccount + QuotaLayout.Objects) = 4;
        using Store later = temporary.Open(new StoreOptions { SweepBudget = 0, BootId = Guid.NewGuid() });
        Assert.Equal((1ul, (ulong)MapBytes), Used(later));
    }

    [Fact]
    public void OnlyTheOwnerAndRootSetAndSeeAQuota()
    {
        Assert.SkipUnless(Posix.EffectiveUser() == 0, "needs root, to become other users");
        string root = $"/dev/shm/holdfast-test-{Guid.NewGuid():N}";
        Directory.CreateDirectory(root);
        try
        {
            File.SetUnixFileMode(root, (UnixFileMode)0x1FF);
            string path = root + "/store";
            Assert.Equal("set:None read:1 create:ENOSPC", Child.Run(nameof(ChildScenarios.QuotaAsUser), "23456", path, "0").Output);
            foreach (string directory in Directory.EnumerateDirectories(path, "*", SearchOption.AllDirectories).Append(path))
                File.SetUnixFileMode(directory, (UnixFileMode)0x1ED);
            Assert.Equal("set:EPERM read:EACCES create:EPERM", Child.Run(nameof(ChildScenarios.QuotaAsUser), "23457", path, "5").Output);

            // Root sets, and what root frees is counted.
            Assert.True(Store.TryOpen(path, new StoreOptions { SweepBudget = 0 }, out Store? store, out StorageError? error), error?.Message);
            using (store)
            {
                Set(store, new(23456, 1, null));
                Set(store, new(null, null, null));
                Assert.Equal("1", Child.Run(nameof(ChildScenarios.LeaveOrphansAsUser), "23456", path).Output);
                Assert.Equal(1ul, All(store).Single().Objects);
                Assert.Equal(1, store.Collector.Collect().Freed);
                Assert.Equal(0ul, All(store).Single().Objects);
            }

            Assert.Equal("1", Child.Run(nameof(ChildScenarios.LeaveOrphansAsUser), "23456", path).Output);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    internal static List<ObjectFile> CreateUntilRefused(Store store)
    {
        List<ObjectFile> created = [];
        while (store.TryCreate(TemporaryStore.Map(), out ObjectFile? file, out StorageError? error))
        {
            created.Add(file);
            Assert.True(created.Count <= 1000, "nothing refuses");
        }

        return created;
    }

    private static void Set(Store store, StoreQuota quota) => Assert.Null(store.Quotas.Set(quota));

    private static IReadOnlyList<StoreQuota> All(Store store)
    {
        Assert.Null(store.Quotas.Read(out IReadOnlyList<StoreQuota> quotas));
        return quotas;
    }

    private static (ulong Objects, ulong Bytes) Used(Store store, bool collect = false)
    {
        if (collect)
            _ = store.Collector.Collect();
        StoreQuota quota = All(store)[0];
        return (quota.Objects, quota.Bytes);
    }

    private static StorageError Refused(Store store)
    {
        Assert.False(store.TryCreate(TemporaryStore.Map(), out _, out StorageError? error));
        return error;
    }
}
