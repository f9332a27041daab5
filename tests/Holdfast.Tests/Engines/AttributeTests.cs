using System.Runtime.InteropServices;
using Holdfast.Isa.Abi;
using static Holdfast.Tests.Engines.RawCalls;

namespace Holdfast.Tests.Engines;

/// <summary>Bytes past a command's last field: older and newer callers, on both engines (<c>bpf_check_uarg_tail_zero</c>, <c>CHECK_ATTR</c>).</summary>
public sealed class AttributeTests
{
    private static readonly MapCreateAttribute Map = new() { MapType = MapType.Array, KeySize = 4, ValueSize = 4, MaxEntries = 1 };

    public static TheoryData<string> Engines => EngineUnderTest.Names;

    [Theory]
    [MemberData(nameof(Engines))]
    public void ShortAttributesMeanZeros(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        IBpfEngine bpf = engine.Bpf.Engine;
        Assert.Equal(Errno.None, bpf.Invoke(BpfCommand.MapCreate, Map, 16));
        Assert.Equal(Errno.None, bpf.Invoke(BpfCommand.MapCreate, Map, 20));
        Assert.Equal(Errno.EINVAL, bpf.Invoke(BpfCommand.MapCreate, Map, 12));
        Assert.Equal(Errno.EINVAL, bpf.Invoke(BpfCommand.MapCreate, Map, 0));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void LongAttributesMustEndInZeros(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        IBpfEngine bpf = engine.Bpf.Engine;
        Assert.Equal(Errno.None, bpf.Invoke(BpfCommand.MapCreate, Map, 4096));
        Assert.Equal(Errno.E2BIG, bpf.Invoke(BpfCommand.MapCreate, Map, 4097));
        Assert.Equal(Errno.E2BIG, bpf.Invoke(BpfCommand.MapCreate, Map, 4096, (4095, 1)));
        Assert.Equal(Errno.E2BIG, bpf.Invoke(BpfCommand.MapCreate, Map, 4096, (1000, 1)));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void BytesPastTheLastFieldMustBeZero(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        IBpfEngine bpf = engine.Bpf.Engine;
        int map = bpf.MapCreate(Map);
        Assert.Equal(Errno.EINVAL, bpf.Invoke(BpfCommand.MapCreate, Map, 120, (112, 1)));
        Assert.Equal(Errno.EINVAL, bpf.Invoke(BpfCommand.MapFreeze, map, 120, (4, 1)));
        Assert.Equal(Errno.EINVAL, bpf.Invoke(BpfCommand.MapLookupElem, new MapElementAttribute { MapFd = (uint)map }, 120, (40, 1)));
        Assert.Equal(Errno.EINVAL, bpf.Invoke(BpfCommand.MapDeleteElem, new MapElementAttribute { MapFd = (uint)map }, 120, (16, 1)));
        Assert.Equal(Errno.EINVAL, bpf.Invoke(BpfCommand.MapGetNextKey, new MapElementAttribute { MapFd = (uint)map }, 120, (24, 1)));
        Assert.Equal(Errno.EINVAL, bpf.Invoke(BpfCommand.MapGetNextId, default(GetIdAttribute), 120, (8, 1)));
        Assert.Equal(Errno.EINVAL, bpf.Invoke(BpfCommand.MapGetFdById, default(GetIdAttribute), 120, (12, 1)));
        Assert.Equal(Errno.EINVAL, bpf.Invoke(BpfCommand.ObjGetInfoByFd, new InfoByFdAttribute { BpfFd = (uint)map }, 120, (16, 1)));
        Assert.Equal(Errno.EINVAL, bpf.Invoke(BpfCommand.ObjPin, new ObjectPathAttribute { BpfFd = (uint)map }, 120, (24, 1)));
        Assert.Equal(Errno.EINVAL, bpf.Invoke(BpfCommand.ObjGet, default(ObjectPathAttribute), 120, (24, 1)));
        Assert.Equal(Errno.EINVAL, bpf.Invoke(BpfCommand.ProgTestRun, new TestRunAttribute { ProgFd = (uint)map }, 120, (100, 1)));
        Assert.Equal(Errno.EINVAL, bpf.Invoke(BpfCommand.BtfLoad, default(BtfLoadAttribute), 120, (60, 1)));
        bpf.Close(map);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void UnknownCommandsAreRefused(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        IBpfEngine bpf = engine.Bpf.Engine;
        Assert.Equal(Errno.EINVAL, bpf.Invoke((BpfCommand)1000, 0ul, 64));
        Assert.Equal(Errno.EINVAL, bpf.Invoke((BpfCommand)0x7fffffff, 0ul, 64));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void InfoIsCutToTheCallersLengthAndMayNotBeLongerThanKnown(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        IBpfEngine bpf = engine.Bpf.Engine;
        int map = bpf.MapCreate(Map);
        byte[] buffer = new byte[512];
        GCHandle pin = GCHandle.Alloc(buffer, GCHandleType.Pinned);
        InfoByFdAttribute attribute = new() { BpfFd = (uint)map, InfoLen = 8, Info = (ulong)pin.AddrOfPinnedObject() };
        Assert.Equal(Errno.None, bpf.Invoke(BpfCommand.ObjGetInfoByFd, attribute, SizeOf<InfoByFdAttribute>()));
        Assert.Equal((int)MapType.Array, buffer[0]);
        Assert.All(buffer[8..], part => Assert.Equal(0, part));
        buffer[500] = 1;
        Assert.Equal(Errno.E2BIG, bpf.Invoke(BpfCommand.ObjGetInfoByFd, attribute with { InfoLen = 512 }, SizeOf<InfoByFdAttribute>()));
        buffer[500] = 0;
        Assert.Equal(Errno.None, bpf.Invoke(BpfCommand.ObjGetInfoByFd, attribute with { InfoLen = 512 }, SizeOf<InfoByFdAttribute>()));
        pin.Free();
        bpf.Close(map);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void NamesOfMaps(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        IBpfEngine bpf = engine.Bpf.Engine;
        foreach ((string text, Errno expected) in new[]
        {
            ("", Errno.None), ("a", Errno.None), ("a.b_C9", Errno.None), ("fifteen_letters", Errno.None),
            ("a-b", Errno.EINVAL), ("a b", Errno.EINVAL), ("a/b", Errno.EINVAL), ("ä", Errno.EINVAL),
        })
        {
            int map = bpf.MapCreate(Map with { MapName = ObjectName.From(text) });
            Assert.True(expected == Answer(map), $"'{text}': {Answer(map)}");
            if (map > 0)
                bpf.Close(map);
        }

        // Sixteen bytes without an end are no name; what follows an end is not looked at.
        (int, byte)[] endless = [.. Enumerable.Range(28, 16).Select(at => (at, (byte)'a'))];
        Assert.Equal(Errno.EINVAL, bpf.Invoke(BpfCommand.MapCreate, Map, 120, endless));
        Assert.Equal(Errno.None, bpf.Invoke(BpfCommand.MapCreate, Map, 120, (28, (byte)'a'), (30, (byte)'b')));
    }
}
