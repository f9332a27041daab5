using System.Collections.Immutable;
using Holdfast.Btf.Extension;
using Holdfast.Isa.Abi;
using Holdfast.Objects.Elf;

namespace Holdfast.Objects;

/// <summary>Makes the programs of an object.</summary>
internal sealed class ProgramLinker(ObjectImage image, FunctionIndex functions)
{
    public bool TryLink(out ImmutableArray<ProgramSpec> programs)
    {
        programs = [];
        var relocations = new CodeRelocations(image);
        if (!relocations.TryRead(functions))
        {
            return false;
        }

        LinkInput input = new(
            image,
            functions,
            relocations,
            new(image.Extension?.Functions ?? [], record => record.InstructionOffset),
            new(image.Extension?.Lines ?? [], record => record.InstructionOffset),
            new(image.Extension?.Relocations ?? [], record => record.InstructionOffset));
        var linked = ImmutableArray.CreateBuilder<ProgramSpec>(functions.Programs.Count);
        HashSet<string> names = [];
        foreach (FunctionCode entry in functions.Programs)
        {
            ElfSection section = image.Elf.Sections[entry.Section];
            if (!names.Add(entry.Name))
            {
                return image.Report(ObjectDiagnosticId.DuplicateName, section, 0, $"two programs are named '{entry.Name}'");
            }

            var code = new LinkedCode(input);
            if (!code.TryLink(entry))
            {
                return false;
            }

            linked.Add(Describe(entry, section.Name, code));
        }

        programs = linked.MoveToImmutable();
        return true;
    }

    private static ProgramSpec Describe(FunctionCode entry, string sectionName, LinkedCode code)
    {
        ProgramSection? section = ProgramSections.Find(sectionName);
        return new ProgramSpec
        {
            Name = entry.Name,
            SectionName = sectionName,
            Type = section?.Type ?? ProgramType.Unspec,
            ExpectedAttachType = section?.AttachType ?? default,
            IsAttachTypeOptional = section?.IsAttachTypeOptional ?? false,
            AttachTarget = section?.TargetOf(sectionName.TrimStart('?')),
            AttachBtf = section?.AttachBtf ?? AttachBtfKind.None,
            Flags = section?.Flags ?? ProgramFlags.None,
            Autoload = !sectionName.StartsWith('?'),
            Instructions = [.. code.Instructions],
            References = [.. code.References],
            Functions = [.. code.Functions],
            Lines = [.. code.Lines],
            CoreRelocations = [.. code.CoreRelocations],
        };
    }
}
