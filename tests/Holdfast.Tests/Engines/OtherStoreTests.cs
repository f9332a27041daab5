using Holdfast.Isa.Abi;

namespace Holdfast.Tests.Engines;

/// <summary>Objects of another store, whose ids may be those of our own objects.</summary>
public sealed class OtherStoreTests
{
    [Fact]
    public void MapsOfTwoStoresWithOneIdAreTwoMaps()
    {
        using EngineUnderTest mine = EngineUnderTest.Open("user");
        using EngineUnderTest theirs = EngineUnderTest.Open("user");
        using BpfMap own = mine.Bpf.CreateMap(MapType.Array, 4, 4, 1);
        using BpfMap other = theirs.Bpf.CreateMap(MapType.Array, 4, 4, 1);
        Assert.Equal(own.Id, other.Id);
        own.Update(new byte[4], [1, 0, 0, 0]);
        other.Update(new byte[4], [2, 0, 0, 0]);
        other.Pin(theirs.Pin("m"));
        using BpfMap opened = mine.Bpf.OpenPinnedMap(theirs.Pin("m"));
        using BpfMap again = mine.Bpf.OpenMap(own.Id);
        Assert.Equal([2, 1, 1], new[] { opened, again, own }.Select(map => (int)Value(map)[0]));
    }

    [Fact]
    public void AProgramOfAnotherStoreIsNotRunWithOurMaps()
    {
        using EngineUnderTest mine = EngineUnderTest.Open("user");
        using EngineUnderTest theirs = EngineUnderTest.Open("user");
        int program = Programs.Accept(theirs.Bpf.Engine, Programs.ReturnOne);
        Assert.Equal(0, theirs.Bpf.Engine.Pin(program, theirs.Pin("p")));
        using BpfProgram opened = mine.Bpf.OpenPinnedProgram(theirs.Pin("p"));
        BpfException refused = Assert.Throws<BpfException>(() => opened.TestRun(new byte[64]));
        Assert.Equal(Errno.EXDEV, refused.Errno);
        Assert.Contains("belongs to another store", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>A run here would hold one of our execution slots, and write where a run there does.</summary>
    [Fact]
    public void APerCpuMapOfAnotherStoreIsNotUsedByOurPrograms()
    {
        using EngineUnderTest mine = EngineUnderTest.Open("user");
        using EngineUnderTest theirs = EngineUnderTest.Open("user");
        using BpfMap other = theirs.Bpf.CreateMap(MapType.PerCpuArray, 4, 8, 1);
        other.Pin(theirs.Pin("m"));
        using BpfMap opened = mine.Bpf.OpenPinnedMap(theirs.Pin("m"));
        opened.Update(new byte[4], new byte[opened.ValueBufferSize]);
        int refused = Programs.Load(mine.Bpf.Engine, PerCpuProgramTests.LookedUp(opened.Handle.Descriptor, 0, "r0 = 0\nexit"));
        Assert.Equal(Errno.EXDEV, (Errno)(-refused));
        Assert.Contains("of another store", mine.Bpf.Engine.LastFailure, StringComparison.Ordinal);
    }

    private static byte[] Value(BpfMap map)
    {
        byte[] value = new byte[4];
        Assert.True(map.TryLookup(new byte[4], value));
        return value;
    }
}
