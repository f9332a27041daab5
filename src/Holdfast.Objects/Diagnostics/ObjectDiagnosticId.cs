namespace Holdfast.Objects;

/// <summary>Stable numbers of what can be wrong with an object file; shown as <c>OBJ101</c>.</summary>
public enum ObjectDiagnosticId
{
    /// <summary>The file can't be read from disk.</summary>
    Unreadable = 1,

    /// <summary>Not an ELF file.</summary>
    NotElf = 101,

    /// <summary>A 32-bit ELF file.</summary>
    Not64Bit = 102,

    /// <summary>The byte order is neither little nor big.</summary>
    UnknownByteOrder = 103,

    /// <summary>The header is cut short, or of an unknown version.</summary>
    BadHeader = 104,

    /// <summary>The section table is outside the file, or its entries have a wrong size.</summary>
    BadSectionTable = 105,

    /// <summary>A section is outside the file.</summary>
    SectionOutsideFile = 106,

    /// <summary>A name is outside its string table, unterminated or absurdly long.</summary>
    BadName = 107,

    /// <summary>The symbol table is malformed.</summary>
    BadSymbolTable = 108,

    /// <summary>A table of relocations is malformed.</summary>
    BadRelocationTable = 109,

    /// <summary>Not for the BPF machine.</summary>
    NotBpf = 201,

    /// <summary>Not a relocatable object.</summary>
    NotRelocatable = 202,

    /// <summary>Big-endian code can't be loaded here.</summary>
    BigEndian = 203,

    /// <summary>The licence section is malformed.</summary>
    BadLicense = 204,

    /// <summary>The version section is malformed.</summary>
    BadVersion = 205,

    /// <summary>The <c>.BTF</c> section is malformed.</summary>
    BadBtf = 206,

    /// <summary>The <c>.BTF.ext</c> section is malformed.</summary>
    BadBtfExtension = 207,

    /// <summary>A section of code is not a whole number of instructions.</summary>
    BadCodeSize = 208,

    /// <summary>A function lies outside its section, or is not a whole number of instructions.</summary>
    BadFunction = 209,

    /// <summary>A function in a section of programs is static.</summary>
    StaticProgram = 210,

    /// <summary>A call leads to no function.</summary>
    BadCall = 211,

    /// <summary>A relocation can't be understood.</summary>
    BadRelocation = 212,

    /// <summary>The programs are too long.</summary>
    TooLong = 213,

    /// <summary>A map's definition is malformed.</summary>
    BadMap = 214,

    /// <summary>A section of data is too large.</summary>
    DataTooLarge = 215,

    /// <summary>A reference leads to nothing that is known.</summary>
    UnknownReference = 216,

    /// <summary>An external symbol's declaration can't be understood.</summary>
    BadExtern = 217,

    /// <summary>Two maps or programs have one name.</summary>
    DuplicateName = 218,
}
