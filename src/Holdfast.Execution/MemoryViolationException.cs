namespace Holdfast.Execution;

/// <summary>A checked run touched memory that it has no business with: the verifier accepted what it must not.</summary>
public sealed class MemoryViolationException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="slot">The instruction.</param>
    /// <param name="address">The address.</param>
    /// <param name="size">Bytes.</param>
    /// <param name="write">Whether it was a write.</param>
    public MemoryViolationException(int slot, ulong address, int size, bool write)
        : base($"instruction {slot} {(write ? "writes" : "reads")} {size} bytes at 0x{address:x}, outside of all known memory")
    {
        Slot = slot;
        Address = address;
    }

    /// <summary>The instruction.</summary>
    public int Slot { get; }

    /// <summary>The address.</summary>
    public ulong Address { get; }
}
