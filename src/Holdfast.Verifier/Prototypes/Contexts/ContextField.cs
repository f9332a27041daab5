using System.Numerics;

namespace Holdfast.Verifier.Prototypes;

/// <summary>One field of a context structure and the rule of access to it.</summary>
/// <param name="Name">Its name in the kernel's structure.</param>
/// <param name="Offset">Its first byte.</param>
/// <param name="Length">Its bytes; an array is one field.</param>
/// <param name="Access">What is allowed.</param>
/// <param name="Unit">Bytes of one element; 0 means the whole length.</param>
/// <param name="Kind">What a load gives.</param>
internal sealed record ContextField(string Name, int Offset, int Length, FieldAccess Access, int Unit = 0, ContextFieldKind Kind = ContextFieldKind.Scalar)
{
    /// <summary>Pointers only: whether it may be null.</summary>
    public bool MaybeNull { get; init; }

    /// <summary>Pointer slot that holds the pointer, or -1 if the field itself is 8 bytes and holds it.</summary>
    public int Slot { get; init; } = -1;

    /// <summary>Bytes that a store keeps, where the kernel's own field is narrower; 0 means all.</summary>
    public int StoreSize { get; init; }

    /// <summary>Least bytes of a narrow load; 0 means 1.</summary>
    public int MinimumSize { get; init; }

    /// <summary>A 2-byte field that once was 4 bytes: a 4-byte load at its start is allowed still.</summary>
    public bool WordAtStart { get; init; }

    /// <summary>A kernel type, for BTF-typed pointers.</summary>
    public string? BtfType { get; init; }

    /// <summary>A further condition: (request, is it a store).</summary>
    public Func<VerificationRequest, bool, bool>? When { get; init; }

    private int ElementSize => Unit == 0 ? Length : Unit;

    public bool Covers(int offset) => offset >= Offset && offset < Offset + Length;

    public bool Allows(int offset, int size, bool write, VerificationRequest request)
    {
        FieldAccess needed = write ? FieldAccess.Write : FieldAccess.Read;
        return Access.HasFlag(needed)
            && AllowsShape(offset, size, write)
            && (When is null || When(request, write));
    }

    private bool AllowsShape(int offset, int size, bool write)
    {
        if (Access.HasFlag(FieldAccess.AtStart) && offset != Offset)
        {
            return false;
        }

        if (Access.HasFlag(FieldAccess.AnySize))
        {
            return offset + size <= Offset + Length;
        }

        if (Access.HasFlag(FieldAccess.Wide) && size == 8 && offset % 8 == 0 && offset + 8 <= Offset + Length)
        {
            return true;
        }

        if (size == ElementSize || (WordAtStart && size == 4 && offset == Offset))
        {
            return true;
        }

        return !write && Access.HasFlag(FieldAccess.Narrow) && BitOperations.IsPow2(size) && size < ElementSize && size >= MinimumSize
            && (offset % ElementSize) + size <= ElementSize;
    }
}
