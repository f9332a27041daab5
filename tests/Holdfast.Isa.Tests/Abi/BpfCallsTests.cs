using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;

namespace Holdfast.Isa.Tests;

/// <summary>The wrappers against the running kernel.</summary>
public sealed class BpfCallsTests : IDisposable
{
    private readonly KernelBpf _kernel = new();
    private readonly List<int> _open = [];

    public BpfCallsTests() => KernelBpf.SkipUnlessAvailable();

    public void Dispose()
    {
        _open.ForEach(descriptor => _kernel.Close(descriptor));
        _kernel.Dispose();
    }

    [Fact]
    public void MapElements()
    {
        int map = Opened(_kernel.MapCreate(MapType.Hash, 4, 8, 3, name: "elements"));
        byte[] value = new byte[8];
        Assert.Equal(-(int)Errno.ENOENT, _kernel.MapLookup(map, [1, 0, 0, 0], value));
        Assert.Equal(0, _kernel.MapUpdate(map, [1, 0, 0, 0], [1, 2, 3, 4, 5, 6, 7, 8], UpdateFlags.NoExist));
        Assert.Equal(-(int)Errno.EEXIST, _kernel.MapUpdate(map, [1, 0, 0, 0], value, UpdateFlags.NoExist));
        Assert.Equal(0, _kernel.MapLookup(map, [1, 0, 0, 0], value));
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], value);
        byte[] key = new byte[4];
        Assert.Equal(0, _kernel.MapNextKey(map, [], key));
        Assert.Equal([1, 0, 0, 0], key);
        Assert.Equal(-(int)Errno.ENOENT, _kernel.MapNextKey(map, key, key));
        Assert.Equal(0, _kernel.MapLookupAndDelete(map, key, value));
        Assert.Equal(-(int)Errno.ENOENT, _kernel.MapDelete(map, key));
        MapInfo info = default;
        Assert.Equal(0, _kernel.Info(map, ref info));
        Assert.Equal(("elements", 8u, MapType.Hash), (info.Name.ToString(), info.ValueSize, info.Type));
        Assert.Equal(info.Id, IdOf(Opened(_kernel.MapById(info.Id))));
        Assert.Equal(0, _kernel.MapFreeze(map));
        Assert.Equal(-(int)Errno.EPERM, _kernel.MapUpdate(map, key, value));
    }

    [Fact]
    public void MapBatches()
    {
        int map = Opened(_kernel.MapCreate(MapType.Array, 4, 1, 4));
        byte[] keys = [0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0];
        uint count = 3;
        Assert.Equal(0, _kernel.MapUpdateBatch(map, keys, [7, 8, 9], ref count));
        Assert.Equal(3u, count);
        byte[] readKeys = new byte[16];
        byte[] readValues = new byte[4];
        byte[] cursor = new byte[4];
        count = 4;
        Assert.Equal(0, _kernel.MapLookupBatch(map, andDelete: false, [], cursor, readKeys, readValues, ref count));
        Assert.Equal(4u, count);
        Assert.Equal([7, 8, 9, 0], readValues);
        count = 1;
        Assert.Equal(-(int)Errno.ENOENT, _kernel.MapLookupBatch(map, andDelete: false, cursor, cursor, readKeys, readValues, ref count));
        int hash = Opened(_kernel.MapCreate(MapType.Hash, 4, 1, 4));
        count = 3;
        Assert.Equal(0, _kernel.MapUpdateBatch(hash, keys, [7, 8, 9], ref count));
        count = 2;
        Assert.Equal(0, _kernel.MapDeleteBatch(hash, keys, ref count));
        Assert.Equal(2u, count);
    }

    [Fact]
    public void Programs()
    {
        Instruction[] twoInstructions = [Insn.Mov64Imm(0, 1), Insn.Exit()];
        ProgLoadRequest request = new() { Type = ProgramType.SocketFilter, Instructions = twoInstructions, Name = "two", Log = new byte[4096], LogLevel = 1 };
        int program = Opened(_kernel.ProgLoad(request, out uint logSize));
        Assert.InRange(logSize, 1u, 4096u);
        byte[] packet = new byte[64];
        byte[] output = new byte[64];
        TestRunRequest run = new() { DataIn = packet, DataOut = output, Repeat = 3 };
        Assert.Equal(0, _kernel.TestRun(program, run, out TestRunResult result));
        Assert.Equal((1u, 64u), (result.ReturnValue, result.DataSize));
        ProgInfo info = default;
        Assert.Equal(0, _kernel.Info(program, ref info));
        Assert.Equal("two", info.Name.ToString());
        Assert.Equal(-(int)Errno.EINVAL, _kernel.ProgLoad(new ProgLoadRequest { Instructions = twoInstructions, License = "a\0b" }, out _));
        int map = Opened(_kernel.MapCreate(MapType.Array, 4, 4, 1));
        Assert.Equal(0, _kernel.ProgBindMap(program, map));
        Assert.Equal(0, _kernel.ProgNextId(info.Id - 1, out uint next));
        Assert.Equal(info.Id, next);
    }

    [Fact]
    public void ObjectsThatAreNotThere()
    {
        Assert.Equal(-(int)Errno.EINVAL, _kernel.Pin(-1, "/nowhere"));
        Assert.Equal(-(int)Errno.ENOENT, _kernel.Get("/nowhere/at/all"));
        Assert.Equal(-(int)Errno.EINVAL, _kernel.Get("a\0b"));
        Assert.Equal(-(int)Errno.EBADF, _kernel.LinkUpdate(-1, -1));
        Assert.Equal(-(int)Errno.EBADF, _kernel.LinkDetach(-1));
        Assert.Equal(-(int)Errno.EBADF, _kernel.IterCreate(-1));
        Assert.Equal(-(int)Errno.ENOENT, _kernel.LinkById(uint.MaxValue));
        Assert.Equal(-(int)Errno.EINVAL, _kernel.BtfLoad([1, 2, 3, 4]));
        Assert.Equal(-(int)Errno.EBADF, _kernel.LinkCreate(-1, 0, AttachType.Xdp));
    }

    private uint IdOf(int map)
    {
        MapInfo info = default;
        Assert.Equal(0, _kernel.Info(map, ref info));
        return info.Id;
    }

    private int Opened(int result)
    {
        Assert.True(result >= 0, ((Errno)(-result)).ToString());
        _open.Add(result);
        return result;
    }
}
