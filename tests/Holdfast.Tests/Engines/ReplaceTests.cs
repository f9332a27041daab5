using Holdfast.Isa.Abi;

namespace Holdfast.Tests.Engines;

/// <summary>Pins, and directories of pins, that change hands in one step, on both engines.</summary>
public sealed class ReplaceTests
{
    public static TheoryData<string> Engines => EngineUnderTest.Names;

    [Theory]
    [MemberData(nameof(Engines))]
    public void ANameGoesToAnotherObjectAndTheOldOneGoesWithIt(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        string pin = engine.Pin("p");
        uint old;
        using (BpfMap first = engine.Bpf.CreateMap(MapType.Array, 4, 4, 1))
        {
            first.Replace(pin);
            old = first.Id;
        }

        using BpfMap second = engine.Bpf.CreateMap(MapType.Array, 4, 4, 1);
        second.Replace(pin);
        using (BpfMap opened = engine.Bpf.OpenPinnedMap(pin))
            Assert.Equal(second.Id, opened.Id);
        Eventually.Gone(engine.Bpf.Engine, ObjectKind.Map, old);

        // By itself: nothing changes, and no further name stays.
        second.Replace(pin);
        Assert.Equal(["p"], Pins(engine));
        File.Delete(pin);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void WhatCannotBeReplacedStays(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        using BpfMap map = engine.Bpf.CreateMap(MapType.Array, 4, 4, 1);
        Directory.CreateDirectory(engine.Pin("folder"));
        Assert.Equal(Errno.EISDIR, Assert.Throws<BpfException>(() => map.Replace(engine.Pin("folder"))).Errno);
        Assert.Equal(Errno.EPERM, Assert.Throws<BpfException>(() => map.Replace(engine.Pin("a.b"))).Errno);
        Assert.Equal(Errno.ENOENT, Assert.Throws<BpfException>(() => map.Replace(engine.Pin("missing/x"))).Errno);
        string outside = Path.GetTempFileName();
        Assert.Equal(Errno.EPERM, Assert.Throws<BpfException>(() => map.Replace(outside)).Errno);
        Assert.True(File.Exists(outside));
        File.Delete(outside);
        Assert.Empty(Pins(engine));
        Directory.Delete(engine.Pin("folder"));
    }

    /// <summary>Reads through the name while it changes hands: it is always there, and always one of the objects.</summary>
    [Theory]
    [MemberData(nameof(Engines))]
    public async Task NobodyFindsTheNameMissing(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        string pin = engine.Pin("p");
        BpfMap[] maps = [.. Enumerable.Range(0, 2).Select(_ => engine.Bpf.CreateMap(MapType.Array, 4, 4, 1))];
        maps[0].Replace(pin);
        using CancellationTokenSource end = new();
        int reads = 0;
        Task reader = Task.Run(() =>
        {
            while (!end.IsCancellationRequested)
            {
                using BpfMap opened = engine.Bpf.OpenPinnedMap(pin);
                Assert.Contains(maps, map => map.Id == opened.Id);
                reads++;
            }
        });
        for (int round = 0; round < 2000 || reads < 100; round++)
            maps[round % 2].Replace(pin);
        await end.CancelAsync();
        await reader;
        File.Delete(pin);
        Array.ForEach(maps, map => map.Dispose());
    }

    /// <summary>Names in the directory; those with a dot are the engines' own.</summary>
    private static string[] Pins(EngineUnderTest engine) =>
        [.. Directory.EnumerateFiles(engine.Pins).Select(path => Path.GetFileName(path)!).Where(name => !name.Contains('.', StringComparison.Ordinal))];
}
