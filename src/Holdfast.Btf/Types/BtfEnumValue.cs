namespace Holdfast.Btf;

/// <summary>A named constant of an enumeration.</summary>
/// <param name="Name">Name.</param>
/// <param name="Value">
/// Value: sign-extended if the enumeration is signed, zero-extended if not, so an unsigned 64-bit value above
/// <see cref="long.MaxValue"/> shows as its bit pattern.
/// </param>
public readonly record struct BtfEnumValue(string Name, long Value);
