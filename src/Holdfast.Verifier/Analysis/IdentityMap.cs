namespace Holdfast.Verifier.Analysis;

/// <summary>
/// Pairs identities of an old state with those of a new one, one to one. What is one object in the old state must be one in the new; for numbers
/// also the reverse, since a refinement of one narrows all of its identity.
/// </summary>
internal sealed class IdentityMap
{
    private readonly List<(int Old, int Current)> _pairs = [];
    private int _temporary = int.MinValue;

    public void Reset()
    {
        _pairs.Clear();
        _temporary = int.MinValue;
    }

    public bool Match(int old, int current)
    {
        if (old == 0 || current == 0)
        {
            return old == current;
        }

        foreach ((int knownOld, int knownCurrent) in _pairs)
        {
            if (knownOld == old)
            {
                return knownCurrent == current;
            }

            if (knownCurrent == current)
            {
                return false;
            }
        }

        _pairs.Add((old, current));
        return true;
    }

    /// <summary>A number without identity is one of its own.</summary>
    public bool MatchNumber(int old, int current) =>
        Match(old == 0 ? _temporary++ : old, current == 0 ? _temporary++ : current);
}
