using System.Text.Json;
using System.Text.Json.Nodes;
using Holdfast.Cli.Replay;

namespace Holdfast.Cli.Tests.Replay;

/// <summary>What is not as recorded is found: each case changes one field of a good record.</summary>
public sealed class ReplayComparisonTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"holdfast-replay-{Guid.NewGuid():N}.jsonl");

    [Fact]
    public void ARejectionThatWeAcceptIsTooLax()
    {
        ReplayResult result = ReplayChanged("own:constant", record => (record["verdict"], record["errno"], record["reason"]) = ("reject", "EACCES", "R0 !read_ok"));
        Assert.Equal(Outcome.TooLax, result.Outcome);
        Assert.Equal("reject [EACCES] R0 !read_ok", result.Kernel);
    }

    [Fact]
    public void AnAcceptedProgramThatWeRejectIsTooStrict()
    {
        ReplayResult result = ReplayChanged("own:no_result", record => record["verdict"] = "accept");
        Assert.Equal(Outcome.TooStrict, result.Outcome);
        Assert.Contains("R0 !read_ok", result.Ours, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("own:constant", "retval", "43", "run 0: retval 42, recorded 43")]
    [InlineData("own:packet_write", "data_out", "\"00\"", "run 0: data_out has 64 bytes, recorded 1")]
    [InlineData("own:count_array", "maps_after", "{\"0\":[[\"01000000\",\"0200000000000000\"]]}", "key 01000000 holds 0100000000000000, recorded 0200000000000000")]
    [InlineData("own:count_array", "maps_after", "{\"0\":[]}", "key 01000000 holds 0100000000000000, not recorded")]
    public void AFieldThatDiffersIsAWrongResult(string id, string field, string value, string difference)
    {
        ReplayResult result = ReplayChanged(id, record => FirstRun(record)[field] = JsonNode.Parse(value));
        Assert.Equal(Outcome.WrongResult, result.Outcome);
        Assert.Contains(difference, result.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void AContextThatDiffersIsAWrongResult()
    {
        ReplayResult result = ReplayChanged("own:mark", record => FirstRun(record)["ctx_out"] = "ff" + ((string)FirstRun(record)["ctx_out"]!)[2..]);
        Assert.StartsWith("run 0: ctx_out differs at byte 0", result.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void AnUnstableFieldIsNotCompared()
    {
        ReplaySummary summary = Replay("own:constant", record =>
        {
            FirstRun(record)["retval"] = 43;
            FirstRun(record)["unstable"] = new JsonArray("retval");
        });
        Assert.Equal(1, summary.All[Outcome.Agreed]);
    }

    [Fact]
    public void ABarredProgramIsNotCounted()
    {
        ReplaySummary summary = Replay("own:constant", record => record["verdict"] = "barred");
        Assert.Equal(0, summary.All.Total);
        Assert.Equal(1, summary.Unjudged);
    }

    [Fact]
    public void ALineThatIsNoRecordNamesItsFile()
    {
        File.WriteAllText(_path, "{\"kind\":\"prog\",\"prog_type\":7}\n");
        InvalidDataException failure = Assert.Throws<InvalidDataException>(() => OwnRecording.Replay(new FileInfo(_path)));
        Assert.StartsWith(Path.GetFileName(_path), failure.Message, StringComparison.Ordinal);
    }

    public void Dispose() => File.Delete(_path);

    private ReplayResult ReplayChanged(string id, Action<JsonNode> change) => Assert.Single(Replay(id, change).Disagreements);

    private ReplaySummary Replay(string id, Action<JsonNode> change)
    {
        JsonNode record = File.ReadLines(OwnRecording.File.FullName).Select(line => JsonNode.Parse(line)!).Single(node => (string?)node["id"] == id);
        change(record);
        File.WriteAllText(_path, record.ToJsonString(JsonSerializerOptions.Default) + "\n");
        return OwnRecording.Replay(new FileInfo(_path));
    }

    private static JsonNode FirstRun(JsonNode record) => record["runs"]![0]!;
}
