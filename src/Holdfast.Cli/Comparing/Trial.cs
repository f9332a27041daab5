using Holdfast.Isa.Abi;

namespace Holdfast.Cli.Comparing;

/// <summary>One engine's way with one program, from fresh maps: its verdict, its runs and what the maps hold afterwards.</summary>
/// <param name="Engine">The engine's name.</param>
/// <param name="Outcome">Its verdict.</param>
/// <param name="Reason">Why the program was not accepted.</param>
internal sealed record Trial(string Engine, LoadOutcome Outcome, string Reason = "")
{
    /// <summary>The runs, one a packet.</summary>
    public IReadOnlyList<TrialRun> Runs { get; init; } = [];

    /// <summary>Contents of the maps whose contents can be listed, by name.</summary>
    public IReadOnlyDictionary<string, MapSnapshot> Maps { get; init; } = new Dictionary<string, MapSnapshot>();

    /// <summary>The verdict as a word.</summary>
    public string Verdict => Outcome switch
    {
        LoadOutcome.Accepted => "accepted",
        LoadOutcome.Rejected => "rejected",
        _ => "not judged",
    };
}

/// <summary>One test run.</summary>
/// <param name="Error">Why there was none; else <see cref="Errno.None"/>.</param>
/// <param name="ReturnValue">The program's return value.</param>
/// <param name="Data">The packet afterwards.</param>
internal sealed record TrialRun(Errno Error, uint ReturnValue, byte[] Data);
