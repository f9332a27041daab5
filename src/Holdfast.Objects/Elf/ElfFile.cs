using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Holdfast.Objects.Elf;

/// <summary>
/// A 64-bit ELF file of either byte order. Every offset and size in it has been checked against the file's length; section
/// contents are slices of the bytes given, which must not change meanwhile.
/// </summary>
public sealed class ElfFile
{
    /// <summary>Longest name that is read, in bytes. The kernel's own symbols have at most 512.</summary>
    public const int MaximumName = 4096;

    private readonly ReadOnlyMemory<byte> _symbolNames;

    internal ElfFile(ElfReader reader)
    {
        IsBigEndian = reader.IsBigEndian;
        Type = reader.Type;
        Machine = reader.Machine;
        Sections = reader.Sections;
        Symbols = reader.Symbols;
        _symbolNames = reader.SymbolNames;
    }

    /// <summary>Whether the fields are big-endian.</summary>
    public bool IsBigEndian { get; }

    /// <summary><c>e_type</c>: 1 relocatable, 2 executable, 3 shared.</summary>
    public ushort Type { get; }

    /// <summary><c>e_machine</c>: 247 for BPF.</summary>
    public ushort Machine { get; }

    /// <summary>The sections, by number.</summary>
    public ImmutableArray<ElfSection> Sections { get; }

    /// <summary>The symbols, by number.</summary>
    public ImmutableArray<ElfSymbol> Symbols { get; }

    /// <summary>Reads a file.</summary>
    /// <param name="bytes">The whole file; kept.</param>
    /// <param name="file">The file, if it is readable.</param>
    /// <param name="diagnostics">What is wrong, if it isn't.</param>
    /// <returns>Whether it is readable.</returns>
    public static bool TryRead(
        ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out ElfFile? file, out IReadOnlyList<ObjectDiagnostic> diagnostics)
    {
        var list = new DiagnosticList();
        var reader = new ElfReader(bytes, list);
        file = reader.TryRead() ? new ElfFile(reader) : null;
        diagnostics = list.Items;
        return file is not null;
    }

    /// <summary>The first section with a name.</summary>
    /// <param name="name">Exact name.</param>
    /// <returns>The section, or null.</returns>
    public ElfSection? FindSection(string name) => Sections.FirstOrDefault(section => section.Name == name);

    /// <summary>Reads a symbol's name.</summary>
    /// <param name="symbol">The symbol.</param>
    /// <param name="name">The name, empty if it has none.</param>
    /// <returns>Whether the name is inside the string table and of a sane length.</returns>
    public bool TryGetName(ElfSymbol symbol, out string name) => TryGetName(_symbolNames.Span, symbol.NameOffset, out name);

    /// <summary>Reads a section of relocations.</summary>
    /// <param name="section">A section of type <see cref="ElfSectionType.Relocations"/>.</param>
    /// <param name="relocations">The relocations, in the file's order.</param>
    /// <returns>Whether the size fits and every symbol exists.</returns>
    public bool TryReadRelocations(ElfSection section, out ImmutableArray<ElfRelocation> relocations)
    {
        const int EntrySize = 16;
        ArgumentNullException.ThrowIfNull(section);
        relocations = [];
        if (section.EntrySize != EntrySize || section.Data.Length % EntrySize != 0)
        {
            return false;
        }

        var cursor = new ElfCursor(section.Data.Span, IsBigEndian);
        ImmutableArray<ElfRelocation>.Builder builder = ImmutableArray.CreateBuilder<ElfRelocation>(section.Data.Length / EntrySize);
        for (int offset = 0; offset < section.Data.Length; offset += EntrySize)
        {
            ulong info = cursor.U64(offset + 8);
            uint symbol = (uint)(info >> 32);
            if (symbol >= Symbols.Length)
            {
                return false;
            }

            builder.Add(new(cursor.U64(offset), (uint)info, symbol));
        }

        relocations = builder.MoveToImmutable();
        return true;
    }

    internal static bool TryGetName(ReadOnlySpan<byte> strings, uint offset, out string name)
    {
        name = "";
        if (offset == 0)
        {
            return true;
        }

        if (offset >= strings.Length)
        {
            return false;
        }

        ReadOnlySpan<byte> rest = strings[(int)offset..];
        rest = rest[..Math.Min(rest.Length, MaximumName + 1)];
        int end = rest.IndexOf((byte)0);
        if (end < 0)
        {
            return false;
        }

        name = Encoding.UTF8.GetString(rest[..end]);
        return true;
    }
}
