using Holdfast.Isa.Abi;
using static Holdfast.Tests.Engines.MapCommandTests;
using static Holdfast.Tests.Engines.RawCalls;

namespace Holdfast.Tests.Engines;

/// <summary>Pins, as SEMANTICS 1 and 2.1 to 2.6 say, on both engines.</summary>
public sealed class PinTests
{
    public static TheoryData<string> Engines => EngineUnderTest.Names;

    [Theory]
    [MemberData(nameof(Engines))]
    public void NamesThatAreRefused(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        IBpfEngine bpf = engine.Bpf.Engine;
        using BpfMap map = engine.Bpf.CreateMap(MapType.Array, 4, 4, 1);
        int descriptor = map.Handle.Descriptor;
        string outside = Directory.CreateTempSubdirectory("holdfast-outside-").FullName;
        Directory.CreateDirectory(engine.Pin("folder"));
        map.Pin(engine.Pin("taken"));
        foreach ((string path, Errno expected) in new[]
        {
            ($"{outside}/x", Errno.EPERM),
            (engine.Pin("a.b"), Errno.EPERM),
            (engine.Pin(".hidden"), Errno.EPERM),
            (engine.Pin("folder/a.b"), Errno.EPERM),
            (engine.Pin("taken"), Errno.EEXIST),
            (engine.Pin("folder"), Errno.EEXIST),
            (engine.Pin("missing/x"), Errno.ENOENT),
            (engine.Pin("taken/x"), Errno.ENOTDIR),
            (engine.Pin(new string('n', 256)), Errno.ENAMETOOLONG),
            (engine.Pin(new string('n', 5000)), Errno.EINVAL),
            ("", Errno.ENOENT),
        })
        {
            Errno answer = Answer(bpf.Pin(descriptor, path));
            Assert.True(expected == answer || (path.Length > 5000 && answer == Errno.ENAMETOOLONG), $"{path}: {answer}, not {expected}");
        }

        Assert.Empty(Directory.EnumerateFileSystemEntries(outside));
        Directory.Delete(outside);
        Assert.Equal(["folder", "taken"], Entries(engine));
        Assert.Equal(Errno.None, Answer(bpf.Pin(descriptor, engine.Pin(new string('n', 255)))));
        Assert.Equal(Errno.None, Answer(bpf.Pin(descriptor, engine.Pin("folder/inside"))));
        Assert.Equal(Errno.None, Answer(bpf.Pin(descriptor, engine.Pin("folder//../folder/./again"))));
        Clean(engine);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void WhatIsNoPinIsNotOpened(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        IBpfEngine bpf = engine.Bpf.Engine;
        string outside = Path.GetTempFileName();
        Directory.CreateDirectory(engine.Pin("folder"));
        using (BpfMap map = engine.Bpf.CreateMap(MapType.Array, 4, 4, 1))
            map.Pin(engine.Pin("m"));
        Assert.Equal(Errno.ENOENT, Answer(bpf.Get(engine.Pin("missing"))));
        Assert.Equal(Errno.ENOENT, Answer(bpf.Get(engine.Pin("missing/x"))));
        Assert.Equal(Errno.ENOTDIR, Answer(bpf.Get(engine.Pin("m/x"))));
        Assert.Equal(Errno.ENAMETOOLONG, Answer(bpf.Get(engine.Pin(new string('n', 256)))));
        Assert.Equal(Errno.EACCES, Answer(bpf.Get(engine.Pin("folder"))));
        Assert.Equal(Errno.EACCES, Answer(bpf.Get(outside)));
        Assert.Equal(Errno.EACCES, Answer(bpf.Get("/dev/null")));
        Assert.Equal(Errno.ENOENT, Answer(bpf.Get("")));
        Assert.Equal(Errno.EINVAL, Answer(bpf.Get(engine.Pin("m"), MapFlags.ReadOnly | MapFlags.WriteOnly)));
        Assert.Equal(Errno.EINVAL, Answer(bpf.Get(engine.Pin("m"), MapFlags.NoPrealloc)));
        File.Delete(outside);
        Clean(engine);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void AccessOfAGetIsEnforced(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        IBpfEngine bpf = engine.Bpf.Engine;
        using BpfMap map = engine.Bpf.CreateMap(MapType.Hash, 4, 4, 8);
        map.Pin(engine.Pin("m"));
        map.Update(Key(1), Key(1));
        byte[] value = new byte[4];
        int reader = bpf.Get(engine.Pin("m"), MapFlags.ReadOnly), writer = bpf.Get(engine.Pin("m"), MapFlags.WriteOnly);
        Assert.Equal(Errno.None, Answer(bpf.MapLookup(reader, Key(1), value)));
        Assert.Equal(Errno.EPERM, Answer(bpf.MapUpdate(reader, Key(1), value)));
        Assert.Equal(Errno.EPERM, Answer(bpf.MapDelete(reader, Key(1))));
        Assert.Equal(Errno.EPERM, Answer(bpf.MapFreeze(reader)));
        Assert.Equal(Errno.EPERM, Answer(bpf.MapLookup(writer, Key(1), value)));
        Assert.Equal(Errno.EPERM, Answer(bpf.MapNextKey(writer, [], value)));
        Assert.Equal(Errno.None, Answer(bpf.MapUpdate(writer, Key(1), Key(2))));
        Assert.Equal(Errno.None, Answer(bpf.MapLookup(reader, Key(1), value)));
        Assert.Equal(Key(2), value);
        uint count = 1;
        Assert.Equal(Errno.EPERM, Answer(bpf.MapUpdateBatch(reader, Key(1), value, ref count)));
        count = 1;
        Assert.Equal(Errno.EPERM, Answer(bpf.MapLookupBatch(writer, andDelete: false, [], value, value, value, ref count)));
        bpf.Close(reader);
        bpf.Close(writer);
        Clean(engine);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void UnlinkingDropsOnlyThePinsReference(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        using BpfMap map = engine.Bpf.CreateMap(MapType.Array, 4, 4, 1);
        map.Pin(engine.Pin("m"));
        using BpfMap got = engine.Bpf.OpenPinnedMap(engine.Pin("m"));
        File.Delete(engine.Pin("m"));
        got.Update(Key(0), Key(9));
        byte[] value = new byte[4];
        Assert.True(map.TryLookup(Key(0), value));
        Assert.Equal(Key(9), value);
        Assert.Equal(Errno.ENOENT, Answer(engine.Bpf.Engine.Get(engine.Pin("m"))));

        // What has no pin any more can be pinned again.
        got.Pin(engine.Pin("again"));
        Assert.Equal(Errno.ENOENT, Assert.Throws<BpfException>(() => engine.Bpf.Unpin(engine.Pin("m"))).Errno);
        engine.Bpf.Unpin(engine.Pin("again"));
        Assert.Empty(Entries(engine));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void SeveralNamesRenamesAndHardLinksAreTheSameObject(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        uint id;
        using (BpfMap map = engine.Bpf.CreateMap(MapType.Array, 4, 4, 1))
        {
            id = map.Id;
            map.Pin(engine.Pin("one"));
            map.Pin(engine.Pin("two"));
        }

        Directory.CreateDirectory(engine.Pin("folder"));
        File.Move(engine.Pin("one"), engine.Pin("folder/renamed"));
        Tools.Run("ln", engine.Pin("two"), engine.Pin("linked"));
        engine.Bpf.Unpin(engine.Pin("two"));
        foreach (string pin in new[] { "folder/renamed", "linked" })
        {
            using BpfMap map = engine.Bpf.OpenPinnedMap(engine.Pin(pin));
            Assert.Equal(id, map.Id);
        }

        Assert.ThrowsAny<IOException>(() => Directory.Delete(engine.Pin("folder")));
        Clean(engine);
        Assert.Empty(Entries(engine));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void StockToolsWork(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        Tools.Run("mkdir", "-p", engine.Pin("a/b/c"));
        using (BpfMap map = engine.Bpf.CreateMap(MapType.Array, 4, 4, 1))
            map.Pin(engine.Pin("a/b/c/m"));
        Tools.Run("chmod", "640", engine.Pin("a/b/c/m"));
        Assert.Contains("640", Tools.Run("stat", "-c", "%a", engine.Pin("a/b/c/m")));
        Tools.Run("mv", engine.Pin("a/b/c/m"), engine.Pin("a/n"));
        Assert.Equal(engine.Pin("a/n"), Tools.Run("find", engine.Pins, "-type", "f", "-not", "-name", "*.*"));
        Tools.Run("rmdir", engine.Pin("a/b/c"), engine.Pin("a/b"));
        Tools.Run("rm", engine.Pin("a/n"));
        Tools.Run("rmdir", engine.Pin("a"));
        Assert.Empty(Entries(engine));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void PinsAreMadeForTheirOwnerOnly(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        using BpfMap map = engine.Bpf.CreateMap(MapType.Array, 4, 4, 1);
        map.Pin(engine.Pin("m"));
        Assert.Equal("600", Tools.Run("stat", "-c", "%a", engine.Pin("m")));
        Clean(engine);
    }

    /// <summary>What the test made: names with a dot are the file system's own (<c>maps.debug</c>, our mark).</summary>
    private static IEnumerable<string> Entries(EngineUnderTest engine) =>
        Directory.EnumerateFileSystemEntries(engine.Pins).Select(path => Path.GetFileName(path)!)
            .Where(entry => !entry.Contains('.', StringComparison.Ordinal)).Order();

    private static void Clean(EngineUnderTest engine)
    {
        foreach (string entry in Entries(engine).ToList())
            Tools.Run("rm", "-r", engine.Pin(entry));
    }
}
