namespace Holdfast.Verifier;

/// <summary>Memory that an access was proven to touch.</summary>
public enum MemoryRegion : byte
{
    /// <summary>Not a memory access.</summary>
    None,

    /// <summary>The program's stack.</summary>
    Stack,

    /// <summary>The context, at a fixed offset.</summary>
    Context,

    /// <summary>Packet data.</summary>
    Packet,

    /// <summary>A map value.</summary>
    MapValue,

    /// <summary>Other memory of proven bounds (ring buffer records, dynptr slices, helper results).</summary>
    Memory,

    /// <summary>A typed pointer that may be stale: a faulting load gives zero (<c>PROBE_MEM</c>).</summary>
    Probed,

    /// <summary>Arena memory.</summary>
    Arena,

    /// <summary>More than one kind over different paths.</summary>
    Mixed,
}
