namespace Holdfast.Btf.Tests.Graph;

public class KernelGraphTests
{
    [Fact]
    public void FindsTypesByNameAndKind()
    {
        BtfGraph graph = TestData.Kernel;

        BtfStruct task = graph.FindByName<BtfStruct>("task_struct")!;

        Assert.True(task.TryGetMember("pid", out BtfMember pid));
        Assert.Equal("int", graph.Resolve(pid.TypeId).Name);
        Assert.Equal(task, graph.FindByName("task_struct", BtfKind.Struct));
        Assert.Null(graph.FindByName("task_struct", BtfKind.Union));
        Assert.Null(graph.FindByName("no such type", BtfKind.Struct));
    }

    [Fact]
    public void EveryTypeCanBeMade()
    {
        BtfGraph graph = TestData.Kernel;

        Assert.All(graph.Types, type => Assert.Equal(graph.KindOf(type.Id), type.Kind));
        Assert.True(graph.Count > 50_000);
    }
}
