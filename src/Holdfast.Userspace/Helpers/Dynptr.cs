namespace Holdfast.Userspace.Helpers;

/// <summary>A dynptr (<c>struct bpf_dynptr_kern</c>): 16 bytes on a program's stack that only helpers look into.</summary>
internal unsafe struct Dynptr
{
    /// <summary>Most bytes that one stands for (<c>DYNPTR_MAX_SIZE</c>).</summary>
    public const uint LargestSize = (1u << 24) - 1;

    private const uint ReadOnly = 1u << 31;

    /// <summary>Where its memory begins; 0: it stands for nothing.</summary>
    public ulong Data;

    /// <summary>Its bytes, and a mark.</summary>
    public uint Size;

    /// <summary>Bytes before its first one.</summary>
    public uint Offset;

    /// <summary>Whether it can't be written through.</summary>
    public readonly bool IsReadOnly => (Size & ReadOnly) != 0;

    /// <summary>Whether a range lies in it.</summary>
    public readonly bool Holds(uint offset, uint length) => length <= (Size & LargestSize) && offset <= (Size & LargestSize) - length;

    /// <summary>The address of a byte that it holds.</summary>
    public readonly void* At(uint offset) => (void*)(Data + Offset + offset);
}
