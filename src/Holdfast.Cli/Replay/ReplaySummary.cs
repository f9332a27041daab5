namespace Holdfast.Cli.Replay;

/// <summary>What came of all programs. Results may come from several threads.</summary>
internal sealed class ReplaySummary
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, TypeCounts> _byType = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _hindrances = [];
    private readonly List<ReplayResult> _notable = [];

    /// <summary>All types together.</summary>
    public TypeCounts All { get; } = new();

    /// <summary>Counts by program type.</summary>
    public IReadOnlyDictionary<string, TypeCounts> ByType => _byType;

    /// <summary>Why programs could not be run, with their number.</summary>
    public IReadOnlyDictionary<string, int> Hindrances => _hindrances;

    /// <summary>Records that the kernel did not judge.</summary>
    public int Unjudged { get; private set; }

    /// <summary>Programs with another verdict or result than the kernel's.</summary>
    public IEnumerable<ReplayResult> Disagreements =>
        _notable.Where(result => result.Outcome != Outcome.Agreed).OrderBy(result => result.Id, StringComparer.Ordinal);

    /// <summary>Programs that both reject, for reasons of different classes.</summary>
    public IEnumerable<ReplayResult> OtherReasons =>
        _notable.Where(result => result.Outcome == Outcome.Agreed).OrderBy(result => result.Id, StringComparer.Ordinal);

    /// <summary>Adds a program.</summary>
    /// <param name="result">The program.</param>
    public void Add(ReplayResult result)
    {
        lock (_lock)
        {
            All.Add(result);
            if (!_byType.TryGetValue(result.Type, out TypeCounts? counts))
                _byType[result.Type] = counts = new TypeCounts();
            counts.Add(result);
            if (result.Outcome == Outcome.NotRunnable)
                _hindrances[result.Reason] = _hindrances.GetValueOrDefault(result.Reason) + 1;
            else if (result.Outcome != Outcome.Agreed || result.SameReason == false)
                _notable.Add(result);
        }
    }

    /// <summary>Counts a record that the kernel did not judge.</summary>
    public void AddUnjudged()
    {
        lock (_lock)
            Unjudged++;
    }
}
