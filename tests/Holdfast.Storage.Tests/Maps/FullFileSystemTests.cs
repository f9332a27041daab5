using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Maps;
using Holdfast.Storage.Tests.FileSystem;

namespace Holdfast.Storage.Tests.Maps;

/// <summary>No page is touched before it is reserved: a full file system is an error at the operation, never a signal.</summary>
public class FullFileSystemTests
{
    [Theory]
    [InlineData(MapType.Hash, nameof(ChildScenarios.FillMap), 100)]
    [InlineData(MapType.Array, nameof(ChildScenarios.FillMap), 100)]
    [InlineData(MapType.ProgArray, nameof(ChildScenarios.FillMap), 100)]
    [InlineData(MapType.HashOfMaps, nameof(ChildScenarios.FillMap), 100)]
    [InlineData(MapType.StackTrace, nameof(ChildScenarios.FillStacks), 100)]
    [InlineData(MapType.LpmTrie, nameof(ChildScenarios.FillMap), 100)]
    [InlineData(MapType.PerCpuArray, nameof(ChildScenarios.FillMap), 0)]
    [InlineData(MapType.PerCpuHash, nameof(ChildScenarios.FillMap), 5)]
    [InlineData(MapType.Queue, nameof(ChildScenarios.FillKeyless), 100)]
    [InlineData(MapType.Stack, nameof(ChildScenarios.FillKeyless), 100)]
    [InlineData(MapType.BloomFilter, nameof(ChildScenarios.FillKeyless), 5)]
    [InlineData(MapType.RingBuf, nameof(ChildScenarios.FillRecords), 100)]
    [InlineData(MapType.UserRingBuf, nameof(ChildScenarios.FillRecords), 100)]
    [InlineData(MapType.PerfEventArray, nameof(ChildScenarios.FillRecords), 100)]
    public void A_full_file_system_is_an_error_and_everything_written_stays(MapType type, string scenario, int least)
    {
        using SmallTmpfs tmpfs = SmallTmpfs.MountOrSkip();

        // In a process of its own, which SIGBUS would end.
        (int exit, string output) = Child.Run(scenario, $"{tmpfs.Path}/store", type.ToString());
        Assert.True(exit == 0, $"{exit}: {output}");
        string[] words = output.Split(' ');
        Assert.Equal("ENOSPC", words[0]);
        Assert.True(int.Parse(words[1]) >= least, output);
    }

    [Theory]
    [InlineData(MapType.Hash, 4u, 4u, uint.MaxValue, Errno.E2BIG)]
    [InlineData(MapType.Hash, 4u, 4u, (1u << 31) + 1, Errno.E2BIG)]
    [InlineData(MapType.Hash, 4u, 1u << 22, 1u << 30, Errno.E2BIG)]
    [InlineData(MapType.Hash, 4u, (1u << 22) - 128, 1u << 30, Errno.ENOMEM)]
    [InlineData(MapType.Hash, uint.MaxValue, 8u, 1u, Errno.E2BIG)]
    [InlineData(MapType.Hash, 0u, 8u, 1u, Errno.EINVAL)]
    [InlineData(MapType.Hash, 8u, 0u, 1u, Errno.EINVAL)]
    [InlineData(MapType.Hash, 8u, 8u, 0u, Errno.EINVAL)]
    [InlineData(MapType.Array, 4u, uint.MaxValue, 1u, Errno.E2BIG)]
    [InlineData(MapType.Array, 4u, (uint)int.MaxValue, uint.MaxValue, Errno.ENOMEM)]
    [InlineData(MapType.Array, 4u, 0u, 1u, Errno.EINVAL)]
    [InlineData(MapType.Array, 4u, 8u, 0u, Errno.EINVAL)]
    [InlineData(MapType.Array, 8u, 8u, 1u, Errno.EINVAL)]
    [InlineData(MapType.ProgArray, 4u, 8u, 1u, Errno.EINVAL)]
    [InlineData((MapType)199, 4u, 8u, 1u, Errno.EINVAL)]
    [InlineData(MapType.Unspec, 4u, 8u, 1u, Errno.EINVAL)]
    public void Absurd_shapes_are_refused_with_a_reason_and_leave_nothing(MapType type, uint key, uint value, uint entries, Errno expected)
    {
        using TemporaryStore temporary = new();
        Assert.False(TestMap.TryCreate(temporary.Store, type, key, value, entries, MapFlags.None, out _, out StorageError? error));
        Assert.Equal(expected, error!.Errno);
        Assert.NotEmpty(error.Message);
        Assert.DoesNotContain('\n', error.Message);
        Assert.Empty(temporary.Objects());
    }

    [Theory]
    [InlineData(MapType.Array, 4096u, uint.MaxValue)]
    [InlineData(MapType.Hash, 4096u, 1u << 31)]
    public void A_map_whose_control_blocks_do_not_fit_is_not_half_created(MapType type, uint value, uint entries)
    {
        using SmallTmpfs tmpfs = SmallTmpfs.MountOrSkip();
        string path = $"{tmpfs.Path}/store";
        Assert.True(Store.TryOpen(path, new StoreOptions { SweepBudget = 0 }, out Store? store, out StorageError? error), error?.ToString());
        using (store)
        {
            Assert.False(TestMap.TryCreate(store, type, 4, value, entries, MapFlags.None, out _, out error));
            Assert.Equal(Errno.ENOSPC, error!.Errno);
            Assert.Empty(Directory.EnumerateFiles($"{path}/objects/maps"));
            Assert.True(TestMap.TryCreate(store, MapType.Array, 4, 4, 8, MapFlags.None, out ObjectFile? file, out error), error?.ToString());
            file!.Dispose();
        }
    }

    [Theory]
    [InlineData(MapType.Array, uint.MaxValue)]
    [InlineData(MapType.ProgArray, uint.MaxValue)]
    [InlineData(MapType.Hash, 1u << 31)]
    public void Huge_capacity_costs_only_what_is_used(MapType type, uint entries)
    {
        using TestMap map = TestMap.Create(type, 4, 4, entries);
        if (type == MapType.ProgArray)
            Assert.Equal(Errno.None, map.Slots.Exchange(entries - 1, 7, out _));
        else
            Assert.Equal(0, map.Shared.Update(SelfVerifying.Key(entries - 1), [1, 2, 3, 4], UpdateFlags.Any));
        byte[] value = new byte[4];
        Assert.Equal(0, map.Shared.Lookup(SelfVerifying.Key(entries - 1), value));
        Assert.Equal(type == MapType.ProgArray ? -(int)Errno.ENOENT : type == MapType.Hash ? -(int)Errno.ENOENT : 0, map.Shared.Lookup(SelfVerifying.Key(12345), value));
    }
}
