using Holdfast.Btf.Tests.Checks;
using Holdfast.Btf.Writing;

namespace Holdfast.Btf.Tests.Writing;

public class RoundTripTests
{
    [Theory]
    [InlineData("types")]
    [InlineData("core")]
    [InlineData("target")]
    public void ReadAndWrittenBlobsAreEqual(string name)
    {
        byte[] bytes = TestData.FixtureBytes(name + ".btf");

        Assert.Equal(bytes, BtfWriter.Write(BtfGraph.Read(bytes)));
    }

    [Fact]
    public void EveryKindIsWrittenAsRead()
    {
        byte[] bytes = SeedBlobs.EveryKind();
        BtfGraph graph = BtfGraph.Read(bytes);

        Assert.Null(BtfLoadCheck.Find(graph));
        Assert.Equal(bytes, BtfWriter.Write(graph));
        Assert.Equal(Enum.GetValues<BtfKind>().Skip(1), graph.Types.Select(type => type.Kind).Distinct().Order());
    }

    [Fact]
    public void KernelTypesAreWrittenAsRead()
    {
        Assert.True(TestData.Kernel.RawBytes.Span.SequenceEqual(BtfWriter.Write(TestData.Kernel)));
    }

    [Fact]
    public void RecordedBlobsAreWrittenAsRead()
    {
        foreach (byte[] bytes in TestData.RecordedBlobs(200))
        {
            Assert.True(bytes.AsSpan().SequenceEqual(BtfWriter.Write(BtfGraph.Read(bytes))));
        }
    }
}
