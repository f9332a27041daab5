namespace Holdfast.Btf;

/// <summary>Families of kinds, as the kernel and libbpf group them.</summary>
internal static class BtfKinds
{
    /// <summary>Typedefs, qualifiers and type tags.</summary>
    public static bool IsModifier(this BtfKind kind) =>
        kind is BtfKind.Typedef or BtfKind.Const or BtfKind.Volatile or BtfKind.Restrict or BtfKind.TypeTag;

    public static bool IsComposite(this BtfKind kind) => kind is BtfKind.Struct or BtfKind.Union;

    /// <summary>Kinds that only refer, and to which nothing may refer.</summary>
    public static bool IsSourceOnly(this BtfKind kind) => kind is BtfKind.Variable or BtfKind.DeclTag or BtfKind.DataSection;

    /// <summary>Kinds without a size.</summary>
    public static bool HasNoSize(this BtfKind kind) =>
        kind is BtfKind.Void or BtfKind.Forward or BtfKind.Function or BtfKind.FunctionPrototype or BtfKind.DeclTag;
}
