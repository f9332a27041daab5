using Holdfast.Btf;
using Holdfast.Verifier.Analysis;

namespace Holdfast.Verifier;

/// <summary>What of a map's value programs may only touch through helpers: locks, timers, lists.</summary>
public static class MapValueFields
{
    /// <summary>Whether two maps' values have the same special fields at the same places (<c>btf_record_equal</c>).</summary>
    /// <param name="one">One map.</param>
    /// <param name="other">The other.</param>
    /// <param name="kernel">The kernel's types, which pointers in values may name.</param>
    /// <returns>Whether a program verified with one may use the other.</returns>
    public static bool AreSame(MapDescription one, MapDescription other, BtfGraph? kernel)
    {
        SpecialFields fields = new(kernel);
        return fields.Of(one).AsSpan().SequenceEqual(fields.Of(other));
    }
}
