namespace Holdfast.Cli.Replay;

/// <summary>Counts over programs.</summary>
internal sealed class TypeCounts
{
    private readonly int[] _outcomes = new int[Enum.GetValues<Outcome>().Length];

    /// <summary>Programs that the kernel judged.</summary>
    public int Total { get; private set; }

    /// <summary>Recorded runs.</summary>
    public int Runs { get; private set; }

    /// <summary>Runs that gave what was recorded.</summary>
    public int RunsAgreed { get; private set; }

    /// <summary>Programs that both reject.</summary>
    public int Rejections { get; private set; }

    /// <summary>Of <see cref="Rejections"/>, those for the same class of reason.</summary>
    public int SameReasons { get; private set; }

    /// <summary>Programs of an outcome.</summary>
    /// <param name="outcome">The outcome.</param>
    public int this[Outcome outcome] => _outcomes[(int)outcome];

    /// <summary>Counts a program.</summary>
    /// <param name="result">The program.</param>
    public void Add(ReplayResult result)
    {
        Total++;
        _outcomes[(int)result.Outcome]++;
        Runs += result.Runs;
        RunsAgreed += result.RunsAgreed;
        Rejections += result.SameReason is null ? 0 : 1;
        SameReasons += result.SameReason == true ? 1 : 0;
    }
}
