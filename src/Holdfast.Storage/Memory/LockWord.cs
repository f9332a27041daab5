namespace Holdfast.Storage.Memory;

/// <summary>
/// A lock word in shared memory: 0 is free; else bits 0–6 hold the owner's slot + 1, bit 7 says that somebody waits, bits 8–31
/// hold the generation of the owner's lease.
/// </summary>
internal static class LockWord
{
    /// <summary>Bits of a generation that a word holds.</summary>
    internal const uint GenerationMask = 0xff_ffff;

    /// <summary>Somebody waits on the word.</summary>
    internal const uint Contended = 0x80;

    /// <summary>Builds a word.</summary>
    internal static uint Make(int slot, uint generation) => (generation << 8) | (uint)(slot + 1);

    /// <summary>The owner's slot, -1 if the word names none.</summary>
    internal static int SlotOf(uint word) => (int)(word & 0x7f) - 1;

    /// <summary>The owner's generation.</summary>
    internal static uint GenerationOf(uint word) => word >> 8;

    /// <summary>The word without the waiting mark.</summary>
    internal static uint Owner(uint word) => word & ~Contended;
}
