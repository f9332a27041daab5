using System.CommandLine;

namespace Holdfast.Cli.Demo;

/// <summary>What the steps share: names in the demo's directory.</summary>
internal static class StepArguments
{
    /// <summary>Name of the program's pin.</summary>
    public const string Program = "flow_stats";

    /// <summary>Name of the pin of the map of flows.</summary>
    public const string Flows = "flows";

    /// <summary>Name of the pin of the map of protocols.</summary>
    public const string Protocols = "protocols";

    /// <summary>The directory to pin in.</summary>
    public static Argument<string> Directory() => new("DIR") { Description = "Directory of the demo's pins." };
}
