using Holdfast.Objects;

namespace Holdfast.Cli.Comparing;

/// <summary>Tries programs in both engines. What both accept the kernel tries twice, so that chance can be told from difference.</summary>
internal sealed class ProgramComparer(Bpf kernel, Bpf user, BpfObjectSpec spec, IReadOnlyList<ReadOnlyMemory<byte>> packets)
{
    private const int MostDifferences = 10; // a program that differs everywhere is told of in so many lines

    private readonly BpfObjectSpec _unpinned = spec with { Maps = [.. spec.Maps.Select(map => map with { Pinning = MapPinning.None })] };

    /// <summary>Compares one program.</summary>
    public Comparison Compare(ProgramSpec program)
    {
        Trial theirs = new ProgramTrial(kernel, _unpinned, packets).Run(program);
        Trial ours = new ProgramTrial(user, _unpinned, packets).Run(program);
        return new Comparison(program.Name, theirs, ours) { Differences = [.. Differences(program, theirs, ours).Take(MostDifferences)] };
    }

    private IEnumerable<Difference> Differences(ProgramSpec program, Trial theirs, Trial ours)
    {
        if (theirs.Outcome == LoadOutcome.Unavailable || ours.Outcome == LoadOutcome.Unavailable)
            return [];
        if (theirs.Outcome != ours.Outcome)
            return [TrialComparison.OfVerdicts(theirs, ours)];
        if (theirs.Outcome == LoadOutcome.Rejected)
            return [];
        return TrialComparison.Of(theirs, new ProgramTrial(kernel, _unpinned, packets).Run(program), ours);
    }
}
