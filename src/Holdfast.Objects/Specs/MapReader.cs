using System.Buffers.Binary;
using System.Collections.Immutable;
using Holdfast.Btf;
using Holdfast.Isa.Abi;
using Holdfast.Objects.Elf;

namespace Holdfast.Objects;

/// <summary>Declared maps: those that BTF describes (section <c>.maps</c>) and the older <c>maps</c>.</summary>
internal sealed class MapReader(ObjectImage image, FunctionIndex functions)
{
    private const string Section = ".maps";
    private const string LegacySection = "maps";
    private const int LegacySize = 20; // struct bpf_map_def

    public bool TryRead(ImmutableArray<MapSpec>.Builder maps)
    {
        if (image.Elf.FindSection(Section) is { Size: > 0 } section && !TryReadTyped(section, maps))
        {
            return false;
        }

        return image.Elf.Sections.Where(IsLegacy).All(legacy => TryReadLegacy(legacy, maps));
    }

    /// <summary><c>maps</c>, and as the infrared decoders of v4l-utils have it, <c>lirc_mode2/maps</c>.</summary>
    private static bool IsLegacy(ElfSection section) =>
        section.Size > 0 && (section.Name == LegacySection || section.Name.EndsWith('/' + LegacySection, StringComparison.Ordinal));

    private bool TryReadTyped(ElfSection section, ImmutableArray<MapSpec>.Builder maps)
    {
        if (image.Btf?.FindByName<BtfDataSection>(Section) is not { } types)
        {
            return image.Report(ObjectDiagnosticId.BadMap, section, 0, "the object has a section .maps but no BTF that describes it; compile with -g");
        }

        List<DeclaredMap> declared = [];
        foreach (BtfSectionVariable entry in types.Variables)
        {
            if (image.Btf[entry.TypeId] is not BtfVariable variable)
            {
                return image.Report(ObjectDiagnosticId.BadMap, section, entry.Offset, "a map in .maps is no variable");
            }

            if (entry.Offset > section.Size || entry.Size > section.Size - entry.Offset)
            {
                return image.Report(ObjectDiagnosticId.BadMap, section, entry.Offset, $"map '{variable.Name}' lies outside section .maps");
            }

            var reader = new MapDefinitionReader(image.Btf);
            if (!reader.TryRead(variable.Name, variable.TypeId, out MapSpec? map, out string wrong))
            {
                return image.Report(ObjectDiagnosticId.BadMap, section, entry.Offset, $"map '{variable.Name}': {wrong}");
            }

            declared.Add(new(map, entry.Offset, entry.Size, reader.ValuesOffset));
        }

        return TryFill(section, declared, maps);
    }

    /// <summary>Relocations in the section name the members that maps start with.</summary>
    private bool TryFill(ElfSection section, List<DeclaredMap> declared, ImmutableArray<MapSpec>.Builder maps)
    {
        Dictionary<uint, string> names = [];
        foreach (DeclaredMap map in declared)
        {
            names.TryAdd(map.Offset, map.Spec.Name);
        }

        Dictionary<DeclaredMap, List<MapSlotSpec>> slots = [];
        foreach (ElfSection table in image.Elf.Sections)
        {
            if (table.Type != ElfSectionType.Relocations || table.Info != section.Index)
            {
                continue;
            }

            if (!image.Elf.TryReadRelocations(table, out ImmutableArray<ElfRelocation> relocations))
            {
                return image.Report(ObjectDiagnosticId.BadRelocationTable, table, 0, $"the relocations in '{table.Name}' are malformed");
            }

            foreach (ElfRelocation relocation in relocations)
            {
                DeclaredMap? map = declared.FirstOrDefault(map => relocation.Offset >= map.Offset && relocation.Offset - map.Offset < map.Size);
                if (map is null || !TryReadSlot(section, map, relocation, names, out MapSlotSpec slot))
                {
                    return image.Report(ObjectDiagnosticId.BadRelocation, section, relocation.Offset, $"the value at {relocation.Offset} of .maps refers to nothing that a map can hold");
                }

                if (!slots.TryGetValue(map, out List<MapSlotSpec>? list))
                {
                    slots.Add(map, list = []);
                }

                list.Add(slot);
            }
        }

        foreach (DeclaredMap map in declared)
        {
            MapSpec spec = slots.TryGetValue(map, out List<MapSlotSpec>? list) ? map.Spec with { Slots = [.. list] } : map.Spec;
            maps.Add(spec);
            image.MapPlaces.TryAdd((section.Index, map.Offset), spec);
        }

        return true;
    }

    private bool TryReadSlot(ElfSection section, DeclaredMap map, ElfRelocation relocation, Dictionary<uint, string> names, out MapSlotSpec slot)
    {
        slot = default;
        ulong place = relocation.Offset - map.Offset;
        if (map.ValuesOffset is not { } values || place < values || (place - values) % sizeof(ulong) != 0)
        {
            return false;
        }

        uint index = (uint)((place - values) / sizeof(ulong));
        ElfSymbol symbol = image.Elf.Symbols[(int)relocation.SymbolIndex];
        ulong target = symbol.Value;
        if (section.Data.Length >= sizeof(ulong) && relocation.Offset <= (ulong)(section.Data.Length - sizeof(ulong)))
        {
            target += BinaryPrimitives.ReadUInt64LittleEndian(section.Data.Span[(int)relocation.Offset..]);
        }

        if (map.Spec.Type == MapType.ProgArray)
        {
            bool found = functions.TryFind(symbol.SectionIndex, (long)(target / 8 & int.MaxValue), out FunctionCode? function);
            slot = found ? new(index, function!.Name) : default;
            return found && functions.Programs.Contains(function!);
        }

        bool isMap = symbol.SectionIndex == section.Index && target <= uint.MaxValue && names.TryGetValue((uint)target, out _);
        slot = isMap ? new(index, names[(uint)target]) : default;
        return isMap;
    }

    /// <summary><c>struct bpf_map_def</c>: type, key size, value size, entries, flags; whatever follows must be zero.</summary>
    private bool TryReadLegacy(ElfSection section, ImmutableArray<MapSpec>.Builder maps)
    {
        List<ElfSymbol> symbols = [.. image.Elf.Symbols
            .Where(symbol => symbol.SectionIndex == section.Index && symbol.Type is ElfSymbolType.Object or ElfSymbolType.None && image.NameOf(symbol).Length > 0)
            .OrderBy(symbol => symbol.Value)];
        for (int i = 0; i < symbols.Count; i++)
        {
            string name = image.NameOf(symbols[i]);
            ulong start = symbols[i].Value;
            ulong end = i + 1 < symbols.Count ? symbols[i + 1].Value : section.Size;
            if (start > (ulong)section.Data.Length || end > (ulong)section.Data.Length || end - start < LegacySize)
            {
                return image.Report(ObjectDiagnosticId.BadMap, section, start, $"map '{name}' in section '{section.Name}' has fewer than {LegacySize} bytes");
            }

            ReadOnlySpan<byte> bytes = section.Data.Span[(int)start..(int)end];
            if (bytes[LegacySize..].ContainsAnyExcept((byte)0))
            {
                return image.Report(ObjectDiagnosticId.BadMap, section, start, $"map '{name}' in section '{section.Name}' has fields beyond struct bpf_map_def; declare it in .maps");
            }

            MapSpec map = new()
            {
                Name = name,
                KernelName = Shorten(name),
                Type = (MapType)BinaryPrimitives.ReadUInt32LittleEndian(bytes),
                KeySize = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]),
                ValueSize = BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]),
                MaxEntries = BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]),
                Flags = (MapFlags)BinaryPrimitives.ReadUInt32LittleEndian(bytes[16..]),
            };
            maps.Add(map);
            image.MapPlaces.TryAdd((section.Index, start), map);
        }

        return true;
    }

    internal static string Shorten(string name) => name[..Math.Min(name.Length, ObjectName.Length - 1)];

    private sealed record DeclaredMap(MapSpec Spec, uint Offset, uint Size, uint? ValuesOffset);
}
