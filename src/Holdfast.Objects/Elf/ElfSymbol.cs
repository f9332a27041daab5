namespace Holdfast.Objects.Elf;

/// <summary>One symbol.</summary>
/// <param name="NameOffset">Offset of its name in the symbols' string table; see <see cref="ElfFile.TryGetName(ElfSymbol, out string)"/>.</param>
/// <param name="Type">What it stands for.</param>
/// <param name="Binding">Where it is seen.</param>
/// <param name="Visibility"><c>ELF64_ST_VISIBILITY</c>: 0 default, 1 internal, 2 hidden, 3 protected.</param>
/// <param name="SectionIndex">Section that it lies in; 0 undefined; from 0xff00 reserved meanings.</param>
/// <param name="Value">Offset in that section.</param>
/// <param name="Size">Size in bytes.</param>
public readonly record struct ElfSymbol(
    uint NameOffset, ElfSymbolType Type, ElfSymbolBinding Binding, byte Visibility, ushort SectionIndex, ulong Value, ulong Size)
{
    /// <summary>Whether it is declared here but defined elsewhere (<c>SHN_UNDEF</c>).</summary>
    public bool IsUndefined => SectionIndex == 0;

    /// <summary>Whether it is hidden or internal to the object.</summary>
    public bool IsHidden => Visibility is 1 or 2;
}
