using System.Buffers.Binary;
using System.Collections.Immutable;
using Holdfast.Btf;
using Holdfast.Isa.Abi;
using Holdfast.Objects.Elf;

namespace Holdfast.Objects;

/// <summary>
/// Tables of functions for the kernel: each variable in <c>.struct_ops</c> and <c>.struct_ops.link</c> becomes a map (libbpf:
/// <c>init_struct_ops_maps</c>). Which type of the kernel's it fills is found at load, by its name.
/// </summary>
internal sealed class StructOpsReader(ObjectImage image, FunctionIndex functions)
{
    private const string Registered = ".struct_ops";
    private const string Linked = ".struct_ops.link";

    public bool TryRead(ImmutableArray<MapSpec>.Builder maps)
    {
        foreach (ElfSection section in image.Elf.Sections)
        {
            string name = section.Name.TrimStart('?');
            if (name is Registered or Linked && section.Type == ElfSectionType.ProgramBits && !TryRead(section, name == Linked, maps))
            {
                return false;
            }
        }

        return true;
    }

    private bool TryRead(ElfSection section, bool isLinked, ImmutableArray<MapSpec>.Builder maps)
    {
        if (image.Btf?.FindByName<BtfDataSection>(section.Name) is not { } types)
        {
            return image.Report(ObjectDiagnosticId.BadMap, section, 0, $"the object has a section {section.Name} but no BTF that describes it; compile with -g");
        }

        Dictionary<uint, List<MapSlotSpec>>? slots = ReadSlots(section, types);
        return slots is not null && types.Variables.All(entry => TryAdd(section, entry, isLinked, slots, maps));
    }

    private bool TryAdd(
        ElfSection section, BtfSectionVariable entry, bool isLinked, Dictionary<uint, List<MapSlotSpec>> slots, ImmutableArray<MapSpec>.Builder maps)
    {
        if (image.Btf![entry.TypeId] is not BtfVariable variable || image.Btf.Resolve(variable.TypeId) is not BtfStruct table || table.IsAnonymous)
        {
            return image.Report(ObjectDiagnosticId.BadMap, section, entry.Offset, $"a variable in {section.Name} is no struct with a name");
        }

        if (entry.Offset > (ulong)section.Data.Length || table.Size > (ulong)section.Data.Length - entry.Offset)
        {
            return image.Report(ObjectDiagnosticId.BadMap, section, entry.Offset, $"table '{variable.Name}' lies outside section {section.Name}");
        }

        MapSpec map = new()
        {
            Name = variable.Name,
            KernelName = MapReader.Shorten(variable.Name),
            Type = MapType.StructOps,
            KeySize = sizeof(uint),
            ValueSize = table.Size,
            MaxEntries = 1,
            Flags = isLinked ? MapFlags.Link : MapFlags.None,
            ValueTypeId = table.Id,
            Contents = MapContents.StructOps,
            InitialData = [.. section.Data.Span.Slice((int)entry.Offset, (int)table.Size)],
            Slots = slots.TryGetValue(entry.Offset, out List<MapSlotSpec>? list) ? [.. list] : [],
            AutoCreate = !section.Name.StartsWith('?'),
        };
        maps.Add(map);
        image.MapPlaces.TryAdd((section.Index, entry.Offset), map);
        return true;
    }

    /// <summary>Relocations in the section name the programs behind the function pointers; by table, null if one is malformed.</summary>
    private Dictionary<uint, List<MapSlotSpec>>? ReadSlots(ElfSection section, BtfDataSection types)
    {
        Dictionary<uint, List<MapSlotSpec>> slots = [];
        foreach (ElfSection table in image.Elf.Sections.Where(table => table.Type == ElfSectionType.Relocations && table.Info == section.Index))
        {
            if (!image.Elf.TryReadRelocations(table, out ImmutableArray<ElfRelocation> relocations))
            {
                image.Report(ObjectDiagnosticId.BadRelocationTable, table, 0, $"the relocations in '{table.Name}' are malformed");
                return null;
            }

            foreach (ElfRelocation relocation in relocations)
            {
                if (FindSlot(section, types, relocation) is not var (start, slot))
                {
                    image.Report(ObjectDiagnosticId.BadRelocation, section, relocation.Offset, $"the value at {relocation.Offset} of {section.Name} is no pointer of a table to a program");
                    return null;
                }

                if (!slots.TryGetValue(start, out List<MapSlotSpec>? list))
                {
                    slots.Add(start, list = []);
                }

                list.Add(slot);
            }
        }

        return slots;
    }

    private (uint Start, MapSlotSpec Slot)? FindSlot(ElfSection section, BtfDataSection types, ElfRelocation relocation)
    {
        ElfSymbol symbol = image.Elf.Symbols[(int)relocation.SymbolIndex];
        ulong place = relocation.Offset;
        if (relocation.Type != ElfRelocation.Absolute64 || section.Data.Length < sizeof(ulong) || place > (ulong)(section.Data.Length - sizeof(ulong)))
        {
            return null;
        }

        // The symbol's place, and what is added to it in the data.
        ulong target = symbol.Value + BinaryPrimitives.ReadUInt64LittleEndian(section.Data.Span[(int)place..]);
        if (target % 8 != 0 || !functions.TryFind(symbol.SectionIndex, (long)(target / 8), out FunctionCode? function) || !functions.Programs.Contains(function))
        {
            return null;
        }

        foreach (BtfSectionVariable entry in types.Variables)
        {
            if (place >= entry.Offset && place - entry.Offset < entry.Size
                && image.Btf![entry.TypeId] is BtfVariable variable && image.Btf.Resolve(variable.TypeId) is BtfStruct table
                && table.Members.Any(member => member.BitOffset == (place - entry.Offset) * 8 && image.Btf.Resolve(member.TypeId) is BtfPointer))
            {
                return (entry.Offset, new((uint)place - entry.Offset, function.Name));
            }
        }

        return null;
    }
}
