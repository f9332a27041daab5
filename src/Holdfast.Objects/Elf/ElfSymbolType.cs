namespace Holdfast.Objects.Elf;

/// <summary>What a symbol stands for (<c>ELF64_ST_TYPE</c>).</summary>
public enum ElfSymbolType
{
    /// <summary><c>STT_NOTYPE</c></summary>
    None = 0,

    /// <summary><c>STT_OBJECT</c>: data.</summary>
    Object = 1,

    /// <summary><c>STT_FUNC</c></summary>
    Function = 2,

    /// <summary><c>STT_SECTION</c></summary>
    Section = 3,

    /// <summary><c>STT_FILE</c></summary>
    File = 4,
}
