using System.Collections.Concurrent;

[assembly: AssemblyFixture(typeof(Holdfast.Tests.Engines.BothEngines))]

namespace Holdfast.Tests.Engines;

/// <summary>
/// Counts the tests that ran on both engines. At the end the count is written to <c>artifacts/both-engines.txt</c>, which <c>.ci/run</c> shows:
/// where the kernel can't be used its half is skipped, and the suite must not look as if it had compared anything.
/// </summary>
public sealed class BothEngines : IDisposable
{
    private static readonly ConcurrentDictionary<string, ConcurrentDictionary<string, bool>> EnginesByTest = new(StringComparer.Ordinal);

    /// <summary>Notes that the running test used an engine.</summary>
    /// <param name="engine">The engine's name, which the test's name has among its arguments.</param>
    public static void Ran(string engine)
    {
        string test = TestContext.Current.Test?.TestDisplayName ?? "";
        EnginesByTest.GetOrAdd(test.Replace($"\"{engine}\"", "ENGINE", StringComparison.Ordinal), _ => new(StringComparer.Ordinal))[engine] = true;
    }

    public void Dispose()
    {
        int both = EnginesByTest.Values.Count(engines => engines.Count == 2);
        if (EnginesByTest.IsEmpty)
            return;
        File.WriteAllText(
            Path.Combine(Repository.Root, "artifacts", "both-engines.txt"),
            $"{both} tests ran on both engines, {EnginesByTest.Count - both} on one alone\n");
    }
}
