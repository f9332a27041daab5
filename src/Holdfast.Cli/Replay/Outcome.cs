namespace Holdfast.Cli.Replay;

/// <summary>How a program's replay compares with its recording.</summary>
internal enum Outcome
{
    /// <summary>The same verdict, and the same results of all runs.</summary>
    Agreed,

    /// <summary>The kernel accepts it, we don't.</summary>
    TooStrict,

    /// <summary>The kernel rejects it, we don't.</summary>
    TooLax,

    /// <summary>The same verdict, but a run that differs, or a failure of our own.</summary>
    WrongResult,

    /// <summary>The same verdict, but its runs can't be repeated here.</summary>
    NotRunnable,
}
