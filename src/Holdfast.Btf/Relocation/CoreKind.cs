namespace Holdfast.Btf.Relocation;

/// <summary>Kinds that may stand for one another: each for itself, and the two enumerations.</summary>
internal static class CoreKind
{
    public static bool Compatible(BtfKind left, BtfKind right) => left == right || (IsEnumeration(left) && IsEnumeration(right));

    public static bool IsEnumeration(BtfKind kind) => kind is BtfKind.Enum or BtfKind.Enum64;
}
