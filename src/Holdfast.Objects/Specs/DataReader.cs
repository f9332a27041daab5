using System.Collections.Immutable;
using System.Text;
using Holdfast.Btf;
using Holdfast.Isa.Abi;
using Holdfast.Objects.Elf;

namespace Holdfast.Objects;

/// <summary>Sections of data: each becomes an array of one value (libbpf: <c>bpf_object__init_global_data_maps</c>).</summary>
internal sealed class DataReader(ObjectImage image)
{
    private const uint LargestData = 1 << 30;

    /// <summary>What a section's name says of its data; null if it is no data of the program's.</summary>
    public static MapContents? ContentsOf(string sectionName)
    {
        return sectionName switch
        {
            ".data" => MapContents.Data,
            ".rodata" => MapContents.ReadOnlyData,
            ".bss" => MapContents.ZeroData,
            _ when sectionName.StartsWith(".data.", StringComparison.Ordinal) => MapContents.Data,
            _ when sectionName.StartsWith(".rodata.", StringComparison.Ordinal) => MapContents.ReadOnlyData,
            _ when sectionName.StartsWith(".bss.", StringComparison.Ordinal) => MapContents.ZeroData,
            _ => null,
        };
    }

    public static MapSpec Define(string objectName, string section, uint size, MapContents contents) => new()
    {
        Name = section,
        KernelName = KernelName(objectName, section),
        Type = MapType.Array,
        KeySize = sizeof(uint),
        ValueSize = size,
        MaxEntries = 1,
        Flags = contents is MapContents.ReadOnlyData or MapContents.KernelConfig ? MapFlags.ReadOnlyProgram : MapFlags.None,
        Contents = contents,
    };

    public bool TryRead(ImmutableArray<MapSpec>.Builder maps)
    {
        foreach (ElfSection section in image.Elf.Sections)
        {
            if (section.Size == 0 || ContentsOf(section.Name) is not { } contents
                || section.Type is not (ElfSectionType.ProgramBits or ElfSectionType.NoBits))
            {
                continue;
            }

            if (section.Size > LargestData)
            {
                return image.Report(ObjectDiagnosticId.DataTooLarge, section, 0, $"section '{section.Name}' has {section.Size} bytes; at most {LargestData} can be a map");
            }

            BtfDataSection? types = image.Btf?.FindByName<BtfDataSection>(section.Name);
            MapSpec map = Define(image.Name, section.Name, (uint)section.Size, contents);
            map = map with
            {
                Flags = map.Flags | (HasGlobal(types) ? MapFlags.Mmapable : MapFlags.None),
                ValueTypeId = types?.Id ?? 0,
                InitialData = [.. section.Data.Span],
            };
            maps.Add(map);
            image.DataMaps.Add(section.Index, map);
        }

        return true;
    }

    public ImmutableArray<VariableSpec> ReadVariables()
    {
        Dictionary<string, uint> types = [];
        foreach (BtfType type in image.Btf?.Types ?? [])
        {
            if (type is BtfVariable variable)
            {
                types.TryAdd(variable.Name, variable.TypeId);
            }
        }

        var variables = ImmutableArray.CreateBuilder<VariableSpec>();
        HashSet<(string, string)> seen = [];
        foreach (ElfSymbol symbol in image.Elf.Symbols)
        {
            if (symbol.Type != ElfSymbolType.Object || !image.DataMaps.TryGetValue(symbol.SectionIndex, out MapSpec? map)
                || symbol.Value > map.ValueSize || symbol.Size > map.ValueSize - symbol.Value)
            {
                continue;
            }

            string name = image.NameOf(symbol);
            if (name.Length > 0 && seen.Add((map.Name, name)))
            {
                bool isReadOnly = map.Contents == MapContents.ReadOnlyData;
                variables.Add(new(name, map.Name, (uint)symbol.Value, (uint)symbol.Size, types.GetValueOrDefault(name), isReadOnly));
            }
        }

        return variables.ToImmutable();
    }

    /// <summary>Only sections with a variable that is not static are mapped into loaders (<c>map_is_mmapable</c>).</summary>
    private bool HasGlobal(BtfDataSection? section) => section is not null
        && section.Variables.Any(entry => image.Btf![entry.TypeId] is BtfVariable { Linkage: not BtfVariableLinkage.Static });

    /// <summary>
    /// At most eight characters of the object's name before the section's, as many as 15 leave room for; a section named by the
    /// program keeps its own name (<c>internal_map_name</c>).
    /// </summary>
    private static string KernelName(string objectName, string section)
    {
        const int Longest = ObjectName.Length - 1;
        string suffix = section[..Math.Min(section.Length, Longest)];
        int room = Math.Min(8, Longest - Math.Max(7, suffix.Length));
        bool isCustom = section.IndexOf('.', 1) > 0;
        string prefix = isCustom ? "" : objectName[..Math.Min(objectName.Length, room)];
        StringBuilder name = new(prefix + suffix);
        for (int i = 0; i < name.Length; i++)
        {
            if (!char.IsAsciiLetterOrDigit(name[i]) && name[i] is not ('_' or '.'))
            {
                name[i] = '_';
            }
        }

        return name.ToString();
    }
}
