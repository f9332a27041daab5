namespace Holdfast.Tests.PerCpu;

/// <summary>Tests that start and kill processes by the dozen: not beside others, which would wait for processor time.</summary>
[CollectionDefinition(nameof(Killing), DisableParallelization = true)]
public class Killing;
