using System.Collections.Immutable;
using Holdfast.Isa.Instructions;
using Holdfast.Objects.Elf;

namespace Holdfast.Objects;

/// <summary>The relocations of code, by section and slot.</summary>
internal sealed class CodeRelocations(ObjectImage image)
{
    private readonly Dictionary<(int Section, int Slot), ElfRelocation> _relocations = [];

    public bool TryRead(FunctionIndex functions)
    {
        foreach (ElfSection table in image.Elf.Sections)
        {
            if (table.Type is not (ElfSectionType.Relocations or ElfSectionType.RelocationsWithAddends) || table.Info >= (uint)image.Elf.Sections.Length || !functions.IsCode((int)table.Info))
            {
                continue;
            }

            if (table.Type != ElfSectionType.Relocations || !image.Elf.TryReadRelocations(table, out ImmutableArray<ElfRelocation> relocations))
            {
                return image.Report(ObjectDiagnosticId.BadRelocationTable, table, 0, $"the relocations in '{table.Name}' are malformed");
            }

            ElfSection code = image.Elf.Sections[(int)table.Info];
            foreach (ElfRelocation relocation in relocations)
            {
                if (relocation.Offset % Instruction.Size != 0 || relocation.Offset >= code.Size)
                {
                    return image.Report(ObjectDiagnosticId.BadRelocation, code, relocation.Offset, $"a relocation of section '{code.Name}' at {relocation.Offset} is not of an instruction");
                }

                _relocations[(code.Index, (int)(relocation.Offset / Instruction.Size))] = relocation;
            }
        }

        return true;
    }

    public bool TryFind(int section, int slot, out ElfRelocation relocation) => _relocations.TryGetValue((section, slot), out relocation);
}
