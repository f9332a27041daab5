namespace Holdfast.Objects.Elf;

/// <summary>One section of an ELF file.</summary>
public sealed record ElfSection
{
    private const ulong ExecutableFlag = 4; // SHF_EXECINSTR

    /// <summary>Number of the section.</summary>
    public required int Index { get; init; }

    /// <summary>Name.</summary>
    public required string Name { get; init; }

    /// <summary>Type.</summary>
    public required ElfSectionType Type { get; init; }

    /// <summary><c>sh_flags</c></summary>
    public ulong Flags { get; init; }

    /// <summary>Byte offset in the file.</summary>
    public ulong Offset { get; init; }

    /// <summary>Size in bytes; for <see cref="ElfSectionType.NoBits"/> whatever the file says.</summary>
    public ulong Size { get; init; }

    /// <summary><c>sh_link</c></summary>
    public uint Link { get; init; }

    /// <summary><c>sh_info</c>; for relocations the section relocated.</summary>
    public uint Info { get; init; }

    /// <summary>Size of an entry, where the section is a table.</summary>
    public ulong EntrySize { get; init; }

    /// <summary>The contents; empty for <see cref="ElfSectionType.NoBits"/>.</summary>
    public ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>Whether the section holds code.</summary>
    public bool IsCode => Type == ElfSectionType.ProgramBits && (Flags & ExecutableFlag) != 0;
}
