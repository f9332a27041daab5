using Holdfast.Isa.Abi;

namespace Holdfast.Tests.Engines;

/// <summary>Numbered nodes (SEMANTICS 5.1), on both engines.</summary>
public sealed class NodeTests
{
    public static TheoryData<string> Engines => EngineUnderTest.Names;

    [Theory]
    [MemberData(nameof(Engines))]
    public void ObjectsHaveNumbersOfTheirOwnAndKeepThem(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        BpfNodes nodes = NodesOf(engine, engine.Bpf);
        Assert.Empty(nodes.List());
        using BpfMap first = engine.Bpf.CreateMap(MapType.Array, 4, 4, 1);
        using BpfMap second = engine.Bpf.CreateMap(MapType.Array, 4, 4, 1);
        using BpfProgram program = OpenProgram(engine);
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

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task ManyAtOnceAgreeOnOneNode(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        using BpfMap map = engine.Bpf.CreateMap(MapType.Array, 4, 4, 1);
        map.Pin(engine.Pin("m"));
        for (int round = 0; round < 20; round++)
        {
            await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
            {
                using Bpf other = engine.IsKernel ? Bpf.OpenKernel() : Bpf.Open(new BpfOptions { Store = engine.Bpf.Store!.Path });
                using BpfMap opened = other.OpenPinnedMap(engine.Pin("m"));
                NodesOf(engine, other).Create(opened);
            })));
            BpfNode node = Assert.Single(NodesOf(engine, engine.Bpf).List());
            Assert.Equal(map.Id, node.Id);
            NodesOf(engine, engine.Bpf).Destroy(node.Path);
        }
    }

    /// <summary>The kernel's well-known directory is the machine's: the test has one in its own mount.</summary>
    private static BpfNodes NodesOf(EngineUnderTest engine, Bpf bpf)
    {
        Assert.Equal(Path.Combine(bpf.DefaultMount, "dev"), bpf.Nodes.Directory);
        return engine.IsKernel ? new BpfNodes(bpf, engine.Pin("dev")) : bpf.Nodes;
    }

    private static (uint Minor, ObjectKind Kind, uint Id) Facts(BpfNode node) => (node.Minor, node.Kind, node.Id);

    private static BpfProgram OpenProgram(EngineUnderTest engine)
    {
        int descriptor = Programs.Accept(engine.Bpf.Engine, Programs.ReturnOne);
        Assert.Equal(0, engine.Bpf.Engine.Pin(descriptor, engine.Pin("p")));
        Assert.Equal(0, engine.Bpf.Engine.Close(descriptor));
        return engine.Bpf.OpenPinnedProgram(engine.Pin("p"));
    }
}
