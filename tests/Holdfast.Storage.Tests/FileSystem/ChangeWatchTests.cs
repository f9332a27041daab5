using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Memory;
using Holdfast.Storage.Tests.Maps;

namespace Holdfast.Storage.Tests.FileSystem;

/// <summary>Event counters of maps.</summary>
public class ChangeWatchTests
{
    [Fact]
    public void EachWatchSeesAChangeOnce()
    {
        using TestMap map = TestMap.Create(MapType.Array, 4, 4, 1);
        ChangeWatch first = map.Temporary.Store.WatchChanges()!, second = map.Temporary.Store.WatchChanges()!;
        Assert.Empty(first.Look());
        Assert.Empty(second.Look());
        for (int round = 0; round < 3; round++)
        {
            map.Shared.NoteChange();
            map.Shared.NoteChange();
            Assert.Equal([map.File.Key], first.Look());
            Assert.Equal([map.File.Key], second.Look());
            Assert.Empty(first.Look());
            Assert.Empty(second.Look());
        }
    }

    [Fact]
    public void AHookChangesWithItsList()
    {
        using TemporaryStore temporary = new();
        using ObjectFile hook = TemporaryStore.Create(temporary.Store, TemporaryStore.Hook()), program = TemporaryStore.Create(temporary.Store, TemporaryStore.Program());
        ChangeWatch watch = temporary.Store.WatchChanges()!;
        Assert.Empty(watch.Look());
        using (TemporaryStore.Attach(temporary.Store, hook, program))
        {
            Assert.Equal([hook.Key], watch.Look());
            Assert.Empty(watch.Look());
        }

        Assert.Equal([hook.Key], watch.Look());
    }

    [Fact]
    public void ADeadWatchCostsOneCountAndNoWatchNone()
    {
        using TestMap map = TestMap.Create(MapType.Array, 4, 4, 1);
        map.Shared.NoteChange();
        Assert.Equal(0, Counter(map));
        Assert.Empty(map.Temporary.Store.WatchChanges()!.Look());
        for (int change = 0; change < 5; change++)
            map.Shared.NoteChange();
        Assert.Equal(1, Counter(map));
    }

    [Fact]
    public void WhatIsNoMapIsNotWrittenTo()
    {
        using TemporaryStore temporary = new();
        string foreign = temporary.StorePath + "/objects/maps/7";
        File.WriteAllBytes(foreign, new byte[8192]);
        Assert.Empty(temporary.Store.WatchChanges()!.Look());
        Assert.Equal(new byte[8192], File.ReadAllBytes(foreign));
    }

    private static long Counter(TestMap map) =>
        BitConverter.ToInt64(File.ReadAllBytes(map.Temporary.PathOf(map.File.Key)), ObjectHeaderLayout.EventCounterOffset);
}
