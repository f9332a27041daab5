namespace Holdfast.Verifier.Analysis;

/// <summary>A part of a map's value that programs may only touch through helpers (<c>struct btf_field</c>).</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Offset">Offset in the value, in bytes.</param>
/// <param name="Size">Size in bytes.</param>
/// <param name="Name">Name of its type.</param>
internal readonly record struct MapField(MapFieldKind Kind, int Offset, int Size, string Name);

/// <summary>Kinds of such parts.</summary>
internal enum MapFieldKind : byte
{
    SpinLock,
    ResilientLock,
    Timer,
    WorkQueue,
    TaskWork,
    ListHead,
    ListNode,
    TreeRoot,
    TreeNode,
    Refcount,
    UntrustedKptr,
    Kptr,
    PerCpuKptr,
    UserPointer,
}

/// <summary>What kinds have in common.</summary>
internal static class MapFieldKinds
{
    public static bool IsKptr(this MapFieldKind kind) =>
        kind is MapFieldKind.UntrustedKptr or MapFieldKind.Kptr or MapFieldKind.PerCpuKptr or MapFieldKind.UserPointer;
}
