using System.Buffers.Binary;
using System.Numerics;

namespace Holdfast.Cli.Tests.BadInput;

/// <summary>Stores and objects of a newer version, of another user, or damaged. Layouts: <c>docs/on-disk-format.md</c>.</summary>
public sealed class ForeignStoreTests : IDisposable
{
    private const int Checksum = 12;
    private const int ReadOnlyCompatible = 24;
    private const int Incompatible = 32;

    private readonly TemporaryStore _store = new();

    public ForeignStoreTests()
    {
        Create("one").Succeeded();
        _store.Run("map", "update", "one", "u32:0", "u32:7").Succeeded();
    }

    public void Dispose() => _store.Dispose();

    [Fact]
    public void AStoreOfANewerVersionIsRefused()
    {
        Patch(Path.Combine(_store.Path, "store"), 256, Incompatible);
        _store.Run("map", "lookup", "one", "u32:0").Failed(1, "newer");
        Create("two").Failed(1, "newer");
        _store.HasObjects(1);
    }

    [Fact]
    public void AStoreThatMayOnlyBeReadIsRead()
    {
        Patch(Path.Combine(_store.Path, "store"), 256, ReadOnlyCompatible);
        Assert.Equal("07000000\n", _store.Run("map", "lookup", "one", "u32:0").Succeeded().Output);
        Create("two").Failed(1, "EROFS");
        _store.HasObjects(1);
    }

    [Fact]
    public void AnObjectOfANewerVersionIsRefused()
    {
        Patch(_store.Pin("one"), 1024, Incompatible);
        _store.Run("map", "lookup", "one", "u32:0").Failed(1, "newer");
        _store.Run("map", "update", "one", "u32:0", "u32:8").Failed(1, "newer");
        _store.Run("gc").Failed(1, "newer");
        _store.HasObjects(1);
    }

    [Fact]
    public void AnObjectThatMayOnlyBeReadIsRead()
    {
        Patch(_store.Pin("one"), 1024, ReadOnlyCompatible);
        Assert.Equal("07000000\n", _store.Run("map", "lookup", "one", "u32:0").Succeeded().Output);
        _store.Run("map", "update", "one", "u32:0", "u32:8").Failed(1, "EROFS");
        Assert.Equal("07000000\n", _store.Run("map", "lookup", "one", "u32:0").Succeeded().Output);
    }

    [Theory]
    [InlineData("store", 0)]
    [InlineData("store", 100)]
    [InlineData("state", 0)]
    [InlineData("state", 100)]
    public void AStoreWhoseFilesAreCutIsRefused(string file, int length)
    {
        using (FileStream stream = new(Path.Combine(_store.Path, file), FileMode.Open))
            stream.SetLength(length);
        CommandResult result = _store.Run("map", "lookup", "one", "u32:0");
        result.Failed(1, _store.Path);
        _store.HasObjects(1);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(500)]
    [InlineData(4096)]
    public void AnObjectThatIsCutIsRefusedAndTheOthersAreNot(int length)
    {
        Create("two").Succeeded();
        using (FileStream stream = new(_store.Pin("one"), FileMode.Open))
            stream.SetLength(length);
        _store.Run("map", "lookup", "one", "u32:0").Failed(1, "one");
        _store.Run("map", "lookup", "two", "u32:0").Succeeded();
        CommandResult list = _store.Run("map", "list", "--json");
        Assert.Contains(list.Json["maps"]!.AsArray(), map => map!["name"]!.GetValue<string>() == "two");
        Assert.Contains("two", _store.Run("tree").Succeeded().Output, StringComparison.Ordinal);
        _store.Run("gc").Succeeded();
        _store.Run("unpin", "one").Succeeded();

        // What can't be read is never swept: the list goes on to say so, and where to remove it by hand.
        if (length == 500)
        {
            _store.Run("map", "list").Failed(1, $"remove its pins, and its file in {_store.Path}/objects");
            File.Delete(Path.Combine(_store.Path, "objects", "maps", "1"));
        }

        _store.Run("map", "list").Succeeded();
    }

    [Fact]
    public void AnotherUsersStoreIsRefused()
    {
        foreach (string[] command in new string[][]
        {
            ["map", "lookup", "one", "u32:0"],
            ["map", "update", "one", "u32:0", "u32:8"],
            ["map", "create", "two", "--type", "array", "--key", "4", "--value", "4", "--entries", "4"],
            ["prog", "load", TemporaryStore.Sample("flow_stats.bpf.o"), "program"],
            ["unpin", "one"],
            ["gc"],
            ["tree"],
        })
        {
            _store.RunUnprivileged(command).Failed(1, _store.Path);
        }

        _store.HasObjects(1);
        Assert.Equal("07000000\n", _store.Run("map", "lookup", "one", "u32:0").Succeeded().Output);
    }

    private CommandResult Create(string name) => _store.Run("map", "create", name, "--type", "array", "--key", "4", "--value", "4", "--entries", "4");

    /// <summary>Sets a feature bit that this version doesn't know, as one that does would.</summary>
    private static void Patch(string path, int checksummed, int offset)
    {
        byte[] bytes = File.ReadAllBytes(path);
        bytes[offset + 7] |= 0x80;
        bytes.AsSpan(Checksum, 4).Clear();
        uint checksum = uint.MaxValue;
        foreach (byte value in bytes.AsSpan(0, checksummed))
            checksum = BitOperations.Crc32C(checksum, value);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(Checksum), ~checksum);
        using FileStream file = new(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        file.Write(bytes.AsSpan(0, checksummed));
    }
}
