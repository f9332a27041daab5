namespace Holdfast.Cli.Comparing;

/// <summary>What an engine says to a program.</summary>
internal enum LoadOutcome
{
    /// <summary>Verified and loaded.</summary>
    Accepted,

    /// <summary>Rejected by the verifier.</summary>
    Rejected,

    /// <summary>It never came to a verdict: the engine lacks something that the program needs.</summary>
    Unavailable,
}
