using System.Collections.Immutable;

namespace Holdfast.Objects.Elf;

/// <summary>Reads header, section table and symbol table (System V ABI, ELF-64 object file format 1.5).</summary>
internal sealed class ElfReader(ReadOnlyMemory<byte> bytes, DiagnosticList diagnostics)
{
    private const int HeaderSize = 64;
    private const int SectionEntrySize = 64;
    private const int SymbolEntrySize = 24;
    private const ushort ExtendedIndex = 0xffff; // SHN_XINDEX

    public bool IsBigEndian { get; private set; }

    public ushort Type { get; private set; }

    public ushort Machine { get; private set; }

    public ImmutableArray<ElfSection> Sections { get; private set; } = [];

    public ImmutableArray<ElfSymbol> Symbols { get; private set; } = [];

    public ReadOnlyMemory<byte> SymbolNames { get; private set; }

    public bool TryRead() => TryReadIdentity() && TryReadHeader(out ulong table, out int count, out uint names)
        && TryReadSections(table, count, names) && TryReadSymbols();

    private bool TryReadIdentity()
    {
        ReadOnlySpan<byte> data = bytes.Span;
        if (data.Length < 4 || !data[..4].SequenceEqual("\u007fELF"u8))
        {
            return diagnostics.Report(ObjectDiagnosticId.NotElf, 0, "this is not an ELF file");
        }

        if (data.Length < HeaderSize)
        {
            return diagnostics.Report(ObjectDiagnosticId.BadHeader, data.Length, $"the file ends inside its header of {HeaderSize} bytes");
        }

        if (data[4] != 2)
        {
            return diagnostics.Report(ObjectDiagnosticId.Not64Bit, 4, "this is not a 64-bit ELF file");
        }

        IsBigEndian = data[5] == 2;
        if (data[5] is not (1 or 2))
        {
            return diagnostics.Report(ObjectDiagnosticId.UnknownByteOrder, 5, $"byte order {data[5]} is unknown");
        }

        return data[6] == 1 || diagnostics.Report(ObjectDiagnosticId.BadHeader, 6, $"ELF version {data[6]} is unknown");
    }

    private bool TryReadHeader(out ulong table, out int count, out uint names)
    {
        var header = new ElfCursor(bytes.Span, IsBigEndian);
        Type = header.U16(16);
        Machine = header.U16(18);
        table = header.U64(40);
        count = header.U16(60);
        names = header.U16(62);
        if (table == 0)
        {
            count = 0;
            return true;
        }

        if (header.U16(58) != SectionEntrySize)
        {
            return diagnostics.Report(ObjectDiagnosticId.BadSectionTable, 58, $"entries of the section table have {header.U16(58)} bytes, not {SectionEntrySize}");
        }

        ulong length = (ulong)bytes.Length;
        if (table > length || length - table < SectionEntrySize)
        {
            return diagnostics.Report(ObjectDiagnosticId.BadSectionTable, 40, $"the section table at {table} is outside the file of {length} bytes");
        }

        ElfCursor first = header.At((int)table);
        ulong total = count == 0 ? first.U64(32) : (ulong)count;
        if (names == ExtendedIndex)
        {
            names = first.U32(40);
        }

        if (total > (length - table) / SectionEntrySize)
        {
            return diagnostics.Report(ObjectDiagnosticId.BadSectionTable, 60, $"{total} sections don't fit behind byte {table} of the file");
        }

        count = (int)total;
        return true;
    }

    private bool TryReadSections(ulong table, int count, uint names)
    {
        ElfCursor cursor = new ElfCursor(bytes.Span, IsBigEndian).At((int)table);
        ReadOnlyMemory<byte> strings = default;
        if (count > 0)
        {
            if (names >= count)
            {
                return diagnostics.Report(ObjectDiagnosticId.BadSectionTable, 62, $"section {names} that holds the names does not exist");
            }

            if (!TrySlice(cursor.At((int)names * SectionEntrySize), (int)names, out strings))
            {
                return false;
            }
        }

        // Names are made here, one a section; a table whose names all share one long text could ask for much memory, so they have a budget.
        long budget = 64L * 1024 + (4L * bytes.Length);
        ImmutableArray<ElfSection>.Builder sections = ImmutableArray.CreateBuilder<ElfSection>(count);
        for (int i = 0; i < count; i++)
        {
            ElfCursor entry = cursor.At(i * SectionEntrySize);
            if (!TrySlice(entry, i, out ReadOnlyMemory<byte> data))
            {
                return false;
            }

            if (!ElfFile.TryGetName(strings.Span, entry.U32(0), out string name) || (budget -= name.Length) < 0)
            {
                return diagnostics.Report(ObjectDiagnosticId.BadName, (long)table + (i * SectionEntrySize), $"the name of section {i} is not in the string table, or too long");
            }

            sections.Add(new ElfSection
            {
                Index = i,
                Name = name,
                Type = (ElfSectionType)entry.U32(4),
                Flags = entry.U64(8),
                Offset = entry.U64(24),
                Size = entry.U64(32),
                Link = entry.U32(40),
                Info = entry.U32(44),
                EntrySize = entry.U64(56),
                Data = data,
            });
        }

        Sections = sections.MoveToImmutable();
        return true;
    }

    private bool TrySlice(ElfCursor entry, int index, out ReadOnlyMemory<byte> data)
    {
        data = default;
        if ((ElfSectionType)entry.U32(4) is ElfSectionType.Null or ElfSectionType.NoBits)
        {
            return true;
        }

        ulong offset = entry.U64(24);
        ulong size = entry.U64(32);
        ulong length = (ulong)bytes.Length;
        if (offset > length || size > length - offset)
        {
            return diagnostics.Report(
                ObjectDiagnosticId.SectionOutsideFile, (long)Math.Min(offset, long.MaxValue), $"section {index} has {size} bytes at {offset}; the file has {length}");
        }

        data = bytes.Slice((int)offset, (int)size);
        return true;
    }

    private bool TryReadSymbols()
    {
        ElfSection? table = Sections.FirstOrDefault(section => section.Type == ElfSectionType.SymbolTable);
        if (table is null)
        {
            return true;
        }

        if (table.EntrySize != SymbolEntrySize || table.Data.Length % SymbolEntrySize != 0)
        {
            return diagnostics.Report(ObjectDiagnosticId.BadSymbolTable, (long)table.Offset, $"symbols have {table.EntrySize} bytes, not {SymbolEntrySize}, or the last is cut short");
        }

        if (table.Link >= Sections.Length || Sections[(int)table.Link].Type != ElfSectionType.StringTable)
        {
            return diagnostics.Report(ObjectDiagnosticId.BadSymbolTable, (long)table.Offset, $"section {table.Link} that should hold the symbols' names is no string table");
        }

        SymbolNames = Sections[(int)table.Link].Data;
        ImmutableArray<ElfSymbol>.Builder symbols = ImmutableArray.CreateBuilder<ElfSymbol>(table.Data.Length / SymbolEntrySize);
        var cursor = new ElfCursor(table.Data.Span, IsBigEndian);
        for (int offset = 0; offset < table.Data.Length; offset += SymbolEntrySize)
        {
            byte info = table.Data.Span[offset + 4];
            byte other = table.Data.Span[offset + 5];
            symbols.Add(new(
                cursor.U32(offset), (ElfSymbolType)(info & 0xf), (ElfSymbolBinding)(info >> 4), (byte)(other & 3), cursor.U16(offset + 6), cursor.U64(offset + 8), cursor.U64(offset + 16)));
        }

        Symbols = symbols.MoveToImmutable();
        return true;
    }
}
