namespace Holdfast.Verifier.Tests.Prototypes;

/// <summary>Collects disagreements, so that one run tells all of them.</summary>
internal sealed class Differences
{
    private const int ShownOfEach = 4;
    private readonly Dictionary<string, List<string>> _groups = [];

    public void Add(string group, string what)
    {
        if (!_groups.TryGetValue(group, out List<string>? lines))
        {
            _groups[group] = lines = [];
        }

        lines.Add(what);
    }

    public void AssertNone()
    {
        if (_groups.Count > 0)
        {
            Assert.Fail(string.Join('\n', _groups.Select(group =>
                $"{group.Key} ({group.Value.Count}): {string.Join(" | ", group.Value.Take(ShownOfEach))}")));
        }
    }
}
