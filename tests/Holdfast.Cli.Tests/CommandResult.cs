using System.Text.Json.Nodes;

namespace Holdfast.Cli.Tests;

/// <summary>What a run of the command left.</summary>
public sealed record CommandResult(int ExitCode, string Output, string Error)
{
    /// <summary>Standard output as JSON of the first version.</summary>
    public JsonNode Json
    {
        get
        {
            Assert.True(ExitCode == 0 || Output.Length > 0, Error);
            JsonNode json = JsonNode.Parse(Output)!;
            Assert.Equal(1, json["version"]!.GetValue<int>());
            return json;
        }
    }

    /// <summary>Expects success without a word on stderr.</summary>
    public CommandResult Succeeded()
    {
        Assert.Equal("", Error);
        Assert.Equal(0, ExitCode);
        return this;
    }

    /// <summary>Expects one line on stderr that holds some text.</summary>
    public void Failed(int exitCode, string text)
    {
        Assert.Equal(exitCode, ExitCode);
        Assert.Single(Error.TrimEnd('\n').Split('\n'));
        Assert.Contains(text, Error, StringComparison.Ordinal);
    }
}
