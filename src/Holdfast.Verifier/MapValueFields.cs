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

    /// <summary>Finds the special fields of a value type (<c>btf_parse_fields</c>); none if one breaks a rule.</summary>
    /// <param name="types">The map's types.</param>
    /// <param name="valueType">The value's type, one of them.</param>
    /// <param name="size">The value's size in bytes.</param>
    /// <param name="kernel">The kernel's types, which pointers in values may name.</param>
    /// <returns>The fields, by offset; they lie within the value and apart.</returns>
    public static MapValueField[] Find(BtfGraph types, uint valueType, uint size, BtfGraph? kernel) =>
        [.. new SpecialFieldWalk(types, kernel, isObject: false).Find(valueType, size).Select(static field => new MapValueField(field.Name, field.Offset, field.Size))];
}
