using Holdfast.Btf.Extension;

namespace Holdfast.Btf.Relocation;

/// <summary>
/// Answers the CO-RE relocations of an object from the types of a target, by libbpf's rules (<c>relo_core.c</c>):
/// candidates have the same name (flavours aside) and kind; all candidates that fit must agree.
/// </summary>
/// <param name="local">Types of the object.</param>
/// <param name="target">Types to run against, such as the kernel's.</param>
public sealed class CoreRelocator(BtfGraph local, BtfGraph target)
{
    private readonly CoreCandidates _candidates = new(target);

    // Narrowed by each relocation that finds some of them fitting, as libbpf's cache is.
    private readonly Dictionary<uint, List<uint>> _cache = [];

    /// <summary>Answers one relocation.</summary>
    /// <param name="record">Relocation of the object.</param>
    /// <returns>The answer.</returns>
    public CoreRelocation Resolve(CoreRelocationRecord record)
    {
        if (record.Kind > CoreRelocationKind.TypeMatches)
        {
            return Fail(record, $"unknown kind {(uint)record.Kind} of relocation");
        }

        if (record.TypeId >= local.Count)
        {
            return Fail(record, $"there is no type {record.TypeId}");
        }

        if (CoreSpecParser.TryParse(local, record, out CoreSpec spec) is { } wrong)
        {
            return Fail(record, wrong);
        }

        if (record.Kind == CoreRelocationKind.TypeIdLocal)
        {
            return new(record, CoreOutcome.Resolved, "")
            {
                LocalSpec = spec.Describe(record.Kind),
                LocalValue = record.TypeId,
                TargetValue = record.TypeId,
            };
        }

        return local[record.TypeId].IsAnonymous || record.TypeId == 0
            ? Fail(record, "anonymous types can't be found in a target")
            : Search(record, spec);
    }

    private CoreRelocation Search(CoreRelocationRecord record, CoreSpec spec)
    {
        if (!_cache.TryGetValue(record.TypeId, out List<uint>? candidates))
        {
            _cache.Add(record.TypeId, candidates = _candidates.Find(local[record.TypeId]));
        }

        var matcher = new CoreSpecMatcher(target, record.Kind);
        var fitting = new List<uint>();
        CoreSpec? chosen = null;
        CoreRelocation? answer = null;
        foreach (uint candidate in candidates)
        {
            CoreVerdict verdict = matcher.Match(spec, candidate, out CoreSpec found);
            if (verdict == CoreVerdict.Undecided)
            {
                return Fail(record, "the target's types are nested too deep");
            }

            if (verdict == CoreVerdict.No)
            {
                continue;
            }

            CoreRelocation one = CoreCalculator.Compute(record, spec, found);
            if (one.Outcome == CoreOutcome.Failed)
            {
                return one;
            }

            if (answer is not null && (chosen!.BitOffset != found.BitOffset || one.Outcome != answer.Outcome || one.TargetValue != answer.TargetValue))
            {
                return Fail(record, $"ambiguous: {answer.TargetSpec} and {one.TargetSpec} answer differently");
            }

            chosen ??= found;
            answer ??= one;
            fitting.Add(candidate);
        }

        if (fitting.Count > 0)
        {
            _cache[record.TypeId] = fitting;
        }

        return answer ?? CoreCalculator.Compute(record, spec, null);
    }

    private static CoreRelocation Fail(CoreRelocationRecord record, string reason) => new(record, CoreOutcome.Failed, reason);
}
