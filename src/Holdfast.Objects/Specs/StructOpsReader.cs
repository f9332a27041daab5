using System.Buffers.Binary;
using System.Collections.Immutable;
using Holdfast.Btf;
using Holdfast.Isa.Abi;
using Holdfast.Objects.Elf;

namespace Holdfast.Objects;

/// <summary>Tables of functions for the kernel: each variable of <c>.struct_ops.link</c> and <c>.struct_ops</c> is a map of its own.</summary>
internal sealed class StructOpsReader(ObjectImage image, FunctionIndex functions)
{
    private const string Section = ".struct_ops";
    private const string LinkSection = ".struct_ops.link";

    public bool TryRead(ImmutableArray<MapSpec>.Builder maps) =>
        image.Elf.Sections.Where(section => section.Name is Section or LinkSection && section.Size > 0).All(section => TryRead(section, maps));

    private bool TryRead(ElfSection section, ImmutableArray<MapSpec>.Builder maps)
    {
        if (image.Btf?.FindByName<BtfDataSection>(section.Name) is not { } types)
            return image.Report(ObjectDiagnosticId.BadMap, section, 0, $"the object has a section {section.Name} but no BTF that describes it; compile with -g");
        List<(uint Offset, MapSlotSpec Slot)> slots = [];
        if (!TryReadSlots(section, slots))
            return false;
        foreach (BtfSectionVariable entry in types.Variables)
        {
            if (image.Btf[entry.TypeId] is not BtfVariable variable || image.Btf.Resolve(variable.TypeId) is not BtfStruct table
                || entry.Offset > (uint)section.Data.Length || table.Size > (uint)section.Data.Length - entry.Offset)
            {
                return image.Report(ObjectDiagnosticId.BadMap, section, entry.Offset, $"what lies at {entry.Offset} of {section.Name} is no struct within the section");
            }

            maps.Add(Define(section, entry.Offset, variable.Name, table, slots));
        }

        return true;
    }

    private static MapSpec Define(ElfSection section, uint offset, string name, BtfStruct table, List<(uint Offset, MapSlotSpec Slot)> slots) => new()
    {
        Name = name,
        KernelName = MapReader.Shorten(name),
        Type = MapType.StructOps,
        KeySize = sizeof(uint),
        ValueSize = table.Size,
        MaxEntries = 1,
        Flags = section.Name == LinkSection ? MapFlags.Link : MapFlags.None,
        ValueTypeId = table.Id,
        Slots = [.. slots.Where(slot => slot.Offset >= offset && slot.Offset - offset < table.Size).Select(slot => slot.Slot with { Index = slot.Offset - offset })],
        Contents = MapContents.StructOps,
        InitialData = [.. section.Data.Span.Slice((int)offset, (int)table.Size)],
    };

    /// <summary>Each pointer to a function is a relocation: the symbol's place, and what is added to it in the data.</summary>
    private bool TryReadSlots(ElfSection section, List<(uint Offset, MapSlotSpec Slot)> slots)
    {
        foreach (ElfSection table in image.Elf.Sections.Where(table => table.Type == ElfSectionType.Relocations && table.Info == section.Index))
        {
            if (!image.Elf.TryReadRelocations(table, out ImmutableArray<ElfRelocation> relocations))
                return image.Report(ObjectDiagnosticId.BadRelocationTable, table, 0, $"the relocations in '{table.Name}' are malformed");
            foreach (ElfRelocation relocation in relocations)
            {
                ElfSymbol symbol = image.Elf.Symbols[(int)relocation.SymbolIndex];
                bool fits = relocation.Type == ElfRelocation.Absolute64 && section.Data.Length >= sizeof(ulong) && relocation.Offset <= (ulong)(section.Data.Length - sizeof(ulong));
                ulong target = fits ? symbol.Value + BinaryPrimitives.ReadUInt64LittleEndian(section.Data.Span[(int)relocation.Offset..]) : 0;
                if (!fits || target % 8 != 0 || !functions.TryFind(symbol.SectionIndex, (long)(target / 8), out FunctionCode? function) || !functions.Programs.Contains(function))
                    return image.Report(ObjectDiagnosticId.BadRelocation, section, relocation.Offset, $"the value at {relocation.Offset} of {section.Name} refers to no program");
                slots.Add(((uint)relocation.Offset, new(0, function.Name)));
            }
        }

        return true;
    }
}
