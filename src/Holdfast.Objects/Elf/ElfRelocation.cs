namespace Holdfast.Objects.Elf;

/// <summary>One relocation.</summary>
/// <param name="Offset">Place, in bytes from the start of the section relocated.</param>
/// <param name="Type">Machine's type of relocation (<c>R_BPF_…</c>).</param>
/// <param name="SymbolIndex">Symbol.</param>
public readonly record struct ElfRelocation(ulong Offset, uint Type, uint SymbolIndex)
{
    /// <summary><c>R_BPF_64_64</c>: a <c>lddw</c>.</summary>
    public const uint LoadImmediate64 = 1;

    /// <summary><c>R_BPF_64_ABS64</c>: 8 bytes of data.</summary>
    public const uint Absolute64 = 2;

    /// <summary><c>R_BPF_64_32</c>: a call.</summary>
    public const uint Call = 10;
}
