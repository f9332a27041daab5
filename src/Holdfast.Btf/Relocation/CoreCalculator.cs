using Holdfast.Btf.Extension;

namespace Holdfast.Btf.Relocation;

/// <summary>Turns a spec and what it means in the target into an answer (libbpf: <c>bpf_core_calc_relo</c>).</summary>
internal static class CoreCalculator
{
    /// <summary>Computes the answer; <paramref name="found"/> is null if no candidate fits.</summary>
    public static CoreRelocation Compute(CoreRelocationRecord record, CoreSpec spec, CoreSpec? found)
    {
        CoreRelocation answer = record.Kind.IsFieldBased() ? Field(record, spec, found)
            : record.Kind.IsTypeBased() ? Type(record, spec, found)
            : Enumerator(record, spec, found);
        return answer with { LocalSpec = spec.Describe(record.Kind), TargetSpec = found?.Describe(record.Kind) ?? "" };
    }

    private static CoreRelocation Field(CoreRelocationRecord record, CoreSpec spec, CoreSpec? found)
    {
        if (record.Kind == CoreRelocationKind.FieldExists)
        {
            return Resolved(record, 1, found is null ? 0u : 1u);
        }

        if (CoreFieldValue.TryCompute(record.Kind, spec, out CoreFieldValue local) is { } localWrong)
        {
            return new(record, CoreOutcome.Failed, localWrong);
        }

        if (found is null)
        {
            return new(record, CoreOutcome.Unsatisfied, "no such field in the target");
        }

        if (CoreFieldValue.TryCompute(record.Kind, found, out CoreFieldValue target) is { } targetWrong)
        {
            return new(record, CoreOutcome.Failed, targetWrong);
        }

        return Resolved(record, local.Value, target.Value) with
        {
            MustHoldLocalValue = local.IsExact,
            LocalSize = local.Size,
            TargetSize = target.Size,
            SizeMayChange = local.Size == target.Size || MayChangeSize(spec.Graph[local.TypeId], found.Graph[target.TypeId]),
        };
    }

    private static bool MayChangeSize(BtfType local, BtfType target) => (local, target) switch
    {
        (BtfPointer, BtfPointer) => true,
        (BtfInt { IsSigned: false }, BtfInt { IsSigned: false }) => true,
        _ => false,
    };

    private static CoreRelocation Type(CoreRelocationRecord record, CoreSpec spec, CoreSpec? found)
    {
        switch (record.Kind)
        {
            case CoreRelocationKind.TypeIdTarget:
                // Linkers renumber types without touching the instruction.
                return Resolved(record, spec.RootTypeId, found?.RootTypeId ?? 0) with { MustHoldLocalValue = false };
            case CoreRelocationKind.TypeSize:
                uint targetSize = 0;
                return spec.Graph.TryGetSize(spec.RootTypeId, out uint localSize)
                    && (found is null || found.Graph.TryGetSize(found.RootTypeId, out targetSize))
                        ? Resolved(record, localSize, targetSize)
                        : new(record, CoreOutcome.Failed, "the type has no size");
            default:
                return Resolved(record, 1, found is null ? 0u : 1u);
        }
    }

    private static CoreRelocation Enumerator(CoreRelocationRecord record, CoreSpec spec, CoreSpec? found)
    {
        if (record.Kind == CoreRelocationKind.EnumValueExists)
        {
            return Resolved(record, 1, found is null ? 0u : 1u);
        }

        return found is null
            ? new(record, CoreOutcome.Unsatisfied, "no such enumerator in the target")
            : Resolved(record, ValueOf(spec), ValueOf(found));
    }

    /// <summary>32-bit values are sign-extended whether or not the enumeration is signed, as compilers expect.</summary>
    private static ulong ValueOf(CoreSpec spec)
    {
        var enumeration = (BtfEnumeration)spec.Graph[spec.Accesses[0].TypeId];
        long value = enumeration.Values[(int)spec.Accesses[0].Index].Value;
        return (ulong)(enumeration is BtfEnum ? (int)value : value);
    }

    private static CoreRelocation Resolved(CoreRelocationRecord record, ulong local, ulong target) =>
        new(record, CoreOutcome.Resolved, "") { LocalValue = local, TargetValue = target, MustHoldLocalValue = true };
}
