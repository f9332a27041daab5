using Holdfast.Isa.Abi;

namespace Holdfast.Tests.Engines;

/// <summary>Numbered nodes (SEMANTICS 5.1).</summary>
public sealed class NodeTests
{
    [Fact]
    public void ObjectsHaveNumbersOfTheirOwnAndKeepThem()
    {
        using EngineUnderTest engine = EngineUnderTest.Open("user");
        BpfNodes nodes = engine.Bpf.Nodes;
        Assert.Empty(nodes.List());
        using BpfMap first = engine.Bpf.CreateMap(MapType.Array, 4, 4, 1);
        using BpfMap second = engine.Bpf.CreateMap(MapType.Array, 4, 4, 1);
        using BpfProgram program = engine.Bpf.OpenProgram(ProgramId(engine));
        Assert.Equal((0u, ObjectKind.Map, first.Id), Facts(nodes.Create(first)));
        Assert.Equal((1u, ObjectKind.Program, program.Id), Facts(nodes.Create(program)));
        Assert.Equal((2u, ObjectKind.Map, second.Id), Facts(nodes.Create(second)));
        Assert.Equal(0u, nodes.Create(first).Minor);
        Assert.Equal(["map0", "prog1", "map2"], nodes.List().Select(node => Path.GetFileName(node.Path)));

        string link = engine.Pin("link");
        File.CreateSymbolicLink(link, nodes.Directory + "/map0");
        using (BpfMap connected = (BpfMap)nodes.Connect("map0"))
            Assert.Equal(first.Id, connected.Id);
        nodes.Destroy("map0");
        Assert.False(File.Exists(link) && File.ResolveLinkTarget(link, true)!.Exists);
        Assert.Equal(Errno.ENOENT, Assert.Throws<BpfException>(() => nodes.Destroy("map0")).Errno);
        Assert.Equal(Errno.ENOENT, Assert.Throws<BpfException>(() => nodes.Connect("map0")).Errno);

        // The lowest free number is the next, whether it was destroyed or removed by hand.
        Assert.Equal(0u, nodes.Create(first).Minor);
        File.Delete(nodes.Directory + "/prog1");
        Assert.Equal([0u, 2u], nodes.List().Select(node => node.Minor));
        Assert.Equal(1u, nodes.Create(program).Minor);
    }

    [Fact]
    public async Task ManyAtOnceAgreeOnOneNode()
    {
        using EngineUnderTest engine = EngineUnderTest.Open("user");
        using BpfMap map = engine.Bpf.CreateMap(MapType.Array, 4, 4, 1);
        map.Pin(engine.Pin("m"));
        for (int round = 0; round < 20; round++)
        {
            await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
            {
                using Bpf other = Bpf.Open(new BpfOptions { Store = engine.Bpf.Store!.Path });
                using BpfMap opened = other.OpenPinnedMap(engine.Pin("m"));
                other.Nodes.Create(opened);
            })));
            BpfNode node = Assert.Single(engine.Bpf.Nodes.List());
            Assert.Equal(map.Id, node.Id);
            engine.Bpf.Nodes.Destroy(node.Path);
        }
    }

    private static (uint Minor, ObjectKind Kind, uint Id) Facts(BpfNode node) => (node.Minor, node.Kind, node.Id);

    private static uint ProgramId(EngineUnderTest engine)
    {
        _ = Programs.Accept(engine.Bpf.Engine, Programs.ReturnOne);
        return engine.Bpf.ProgramIds().Single();
    }
}
