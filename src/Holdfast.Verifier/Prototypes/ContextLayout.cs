namespace Holdfast.Verifier.Prototypes;

/// <summary>
/// The context of a program type: the structure that programs see, and where the runtime keeps it. In memory a context is
/// the visible structure (<see cref="Size"/> bytes, at the context pointer), then, 8-byte aligned, one 8-byte slot for each
/// field that is a pointer (the visible fields of 4 bytes can't hold one).
/// </summary>
public abstract class ContextLayout
{
    /// <summary>Name of the visible structure, e.g. <c>xdp_md</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Bytes of the visible structure; the largest offset that any access may reach.</summary>
    public abstract int Size { get; }

    /// <summary>Number of pointer slots behind the visible structure.</summary>
    public abstract int PointerSlots { get; }

    /// <summary>Bytes to allocate for one context.</summary>
    public int AllocationSize => PointerSlotOffset(PointerSlots);

    /// <summary>Offset of a pointer slot from the context pointer, in bytes.</summary>
    /// <param name="slot">The slot, from 0.</param>
    /// <returns>A multiple of 8.</returns>
    public int PointerSlotOffset(int slot) => ((Size + 7) & ~7) + (slot * 8);

    /// <summary>Decides whether an access is allowed (<c>is_valid_access</c> of the kernel's program type).</summary>
    /// <param name="offset">Offset in the visible structure, in bytes.</param>
    /// <param name="size">1, 2, 4 or 8 bytes.</param>
    /// <param name="write">Whether it is a store.</param>
    /// <param name="request">The program being verified (attach type, BTF).</param>
    /// <param name="access">What the access gives.</param>
    /// <returns>Whether it is allowed.</returns>
    public abstract bool TryAccess(int offset, int size, bool write, VerificationRequest request, out ContextAccess access);
}
