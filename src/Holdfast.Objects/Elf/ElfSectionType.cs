namespace Holdfast.Objects.Elf;

/// <summary>Type of a section (<c>sh_type</c>); values that are not named here occur too.</summary>
public enum ElfSectionType : uint
{
    /// <summary><c>SHT_NULL</c></summary>
    Null = 0,

    /// <summary><c>SHT_PROGBITS</c>: code or data.</summary>
    ProgramBits = 1,

    /// <summary><c>SHT_SYMTAB</c></summary>
    SymbolTable = 2,

    /// <summary><c>SHT_STRTAB</c></summary>
    StringTable = 3,

    /// <summary><c>SHT_RELA</c>: relocations with addends.</summary>
    RelocationsWithAddends = 4,

    /// <summary><c>SHT_NOBITS</c>: zeros that take no room in the file.</summary>
    NoBits = 8,

    /// <summary><c>SHT_REL</c>: relocations, the addend is in the place relocated.</summary>
    Relocations = 9,
}
