using System.Text.Json;
using Holdfast.Cli.Replay;

namespace Holdfast.Cli.Tests.Replay;

/// <summary>The shape of <c>replay --json</c>.</summary>
public sealed class ReplayReportTests
{
    [Fact]
    public void JsonHasTheDocumentedShape()
    {
        ReplaySummary summary = new();
        summary.Add(Result("b", "xdp", Outcome.Agreed) with { Runs = 3, RunsAgreed = 3 });
        summary.Add(Result("a", "xdp", Outcome.TooLax));
        summary.Add(Result("c", "kprobe", Outcome.NotRunnable) with { Runs = 1 });
        using MemoryStream output = new();
        ReplayReport.WriteJson(output, summary);
        using JsonDocument document = JsonDocument.Parse(output.ToArray());
        JsonElement root = document.RootElement;

        Assert.Equal(["version", "summary", "by_type", "disagreements"], root.EnumerateObject().Select(property => property.Name));
        Assert.Equal(1, root.GetProperty("version").GetInt32());
        string[] counts = ["total", "agreed", "too_strict", "too_lax", "wrong_result", "not_runnable", "runs", "runs_agreed"];
        Assert.Equal(counts, root.GetProperty("summary").EnumerateObject().Select(property => property.Name));
        Assert.Equal([3, 1, 0, 1, 0, 1, 4, 3], root.GetProperty("summary").EnumerateObject().Select(property => property.Value.GetInt32()));
        Assert.Equal(["kprobe", "xdp"], root.GetProperty("by_type").EnumerateObject().Select(property => property.Name));
        JsonElement disagreement = Assert.Single(root.GetProperty("disagreements").EnumerateArray());
        Assert.Equal(["id", "type", "kernel", "ours", "reason"], disagreement.EnumerateObject().Select(property => property.Name));
        Assert.Equal("a", disagreement.GetProperty("id").GetString());
    }

    [Theory]
    [InlineData("R1 invalid mem access 'scalar'", "R7 invalid mem access 'inv'", true)]
    [InlineData("invalid func unknown#4000", "invalid func unknown#12", true)]
    [InlineData("R2 !read_ok", "back-edge from insn 4 to 2", false)]
    [InlineData("math between fp pointer and register", "unreachable insn 2", false)]
    public void ReasonsAreComparedByClass(string first, string second, bool same) => Assert.Equal(same, ReasonClass.Same(first, second));

    private static ReplayResult Result(string id, string type, Outcome outcome) =>
        new() { Id = id, Type = type, Outcome = outcome, Kernel = "reject", Ours = "accept", Reason = "because" };
}
