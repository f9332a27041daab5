using Holdfast.Btf.Extension;

namespace Holdfast.Btf.Relocation;

/// <summary>The three families of relocations.</summary>
internal static class CoreRelocationKinds
{
    public static bool IsFieldBased(this CoreRelocationKind kind) => kind <= CoreRelocationKind.FieldRightShift;

    public static bool IsEnumBased(this CoreRelocationKind kind) =>
        kind is CoreRelocationKind.EnumValue or CoreRelocationKind.EnumValueExists;

    public static bool IsTypeBased(this CoreRelocationKind kind) => kind
        is CoreRelocationKind.TypeIdLocal or CoreRelocationKind.TypeIdTarget or CoreRelocationKind.TypeExists
        or CoreRelocationKind.TypeSize or CoreRelocationKind.TypeMatches;
}
