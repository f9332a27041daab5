using Holdfast.Btf;
using Holdfast.Btf.Extension;
using Holdfast.Objects.Elf;

namespace Holdfast.Objects;

/// <summary>What the readers of an object share: its file, and what was found so far.</summary>
internal sealed class ObjectImage(ElfFile elf, string name, DiagnosticList diagnostics)
{
    private readonly Dictionary<uint, string> _names = [];

    public ElfFile Elf { get; } = elf;

    public string Name { get; } = name;

    public DiagnosticList Diagnostics { get; } = diagnostics;

    /// <summary>Types as the object has them.</summary>
    public BtfGraph? SourceBtf { get; set; }

    /// <summary>Types, completed.</summary>
    public BtfGraph? Btf { get; set; }

    public BtfExtension? Extension { get; set; }

    public Dictionary<string, ExternSpec> Externs { get; } = [];

    /// <summary>Declared maps by section and offset in it.</summary>
    public Dictionary<(int Section, ulong Offset), MapSpec> MapPlaces { get; } = [];

    /// <summary>Data maps by section.</summary>
    public Dictionary<int, MapSpec> DataMaps { get; } = [];

    /// <summary>A symbol's name; empty where it can't be read, which no lookup finds.</summary>
    public string NameOf(ElfSymbol symbol)
    {
        if (!_names.TryGetValue(symbol.NameOffset, out string? name))
        {
            // Sections' symbols have no names of their own; a damaged name is as good as none.
            name = Elf.TryGetName(symbol, out string found) ? found : "";
            _names.Add(symbol.NameOffset, name);
        }

        return name;
    }

    public ElfSection? SectionOf(ElfSymbol symbol) =>
        symbol.SectionIndex != 0 && symbol.SectionIndex < Elf.Sections.Length ? Elf.Sections[symbol.SectionIndex] : null;

    public bool Report(ObjectDiagnosticId id, ElfSection? section, ulong offset, string message) =>
        Diagnostics.Report(id, (long)((section?.Offset ?? 0) + offset & long.MaxValue), message);
}
