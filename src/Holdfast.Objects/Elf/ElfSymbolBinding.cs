namespace Holdfast.Objects.Elf;

/// <summary>Where a symbol is seen (<c>ELF64_ST_BIND</c>).</summary>
public enum ElfSymbolBinding
{
    /// <summary><c>STB_LOCAL</c></summary>
    Local = 0,

    /// <summary><c>STB_GLOBAL</c></summary>
    Global = 1,

    /// <summary><c>STB_WEAK</c></summary>
    Weak = 2,
}
