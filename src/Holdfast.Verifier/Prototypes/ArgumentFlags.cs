namespace Holdfast.Verifier.Prototypes;

/// <summary>Flags of a helper's argument.</summary>
[Flags]
public enum ArgumentFlags
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>May be null (<c>PTR_MAYBE_NULL</c>).</summary>
    MaybeNull = 1 << 0,

    /// <summary>The helper initialises the memory (<c>MEM_UNINIT</c>).</summary>
    Uninitialized = 1 << 1,

    /// <summary>The helper writes the memory (<c>MEM_WRITE</c>).</summary>
    Writes = 1 << 2,

    /// <summary>The helper only reads (<c>MEM_RDONLY</c>).</summary>
    ReadOnly = 1 << 3,

    /// <summary>The reference held by the argument is released (<c>OBJ_RELEASE</c>).</summary>
    Releases = 1 << 4,

    /// <summary>Size is fixed (<c>MEM_FIXED_SIZE</c>).</summary>
    FixedSize = 1 << 5,

    /// <summary>Must be aligned to its size (<c>MEM_ALIGNED</c>).</summary>
    Aligned = 1 << 6,

    /// <summary>A dynptr over local memory (<c>DYNPTR_TYPE_LOCAL</c>).</summary>
    DynptrLocal = 1 << 7,

    /// <summary>A dynptr over a ring buffer record (<c>DYNPTR_TYPE_RINGBUF</c>).</summary>
    DynptrRingBuf = 1 << 8,
}
