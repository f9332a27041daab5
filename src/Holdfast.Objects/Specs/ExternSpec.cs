namespace Holdfast.Objects;

/// <summary>A symbol that the object declares and the kernel defines.</summary>
/// <param name="Name">Name.</param>
/// <param name="Kind">What it is.</param>
/// <param name="TypeId">BTF id of its type: a function prototype for functions; 0 for variables declared <c>void</c>.</param>
/// <param name="IsWeak">Whether the object can do without: then it is zero where it is missing.</param>
public sealed record ExternSpec(string Name, ExternKind Kind, uint TypeId, bool IsWeak)
{
    /// <summary>Offset in the <c>.kconfig</c> map, for <see cref="ExternKind.KernelConfig"/>.</summary>
    public uint Offset { get; init; }

    /// <summary>Size in bytes, for <see cref="ExternKind.KernelConfig"/>.</summary>
    public uint Size { get; init; }
}
