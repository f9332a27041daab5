using System.Collections.Immutable;
using Holdfast.Btf;
using Holdfast.Isa.Abi;
using Holdfast.Objects.Elf;

namespace Holdfast.Objects;

/// <summary>Finds the symbols that the object declares and doesn't define, and lays out the <c>.kconfig</c> map.</summary>
internal sealed class ExternReader(ObjectImage image)
{
    public const string KernelConfigSection = ".kconfig";
    public const string KernelSymbolSection = ".ksyms";

    private const uint LargestConfig = 1 << 20;

    private Dictionary<uint, string>? _sections;

    public bool TryRead(out ImmutableArray<ExternSpec> externs, out MapSpec? kernelConfig)
    {
        externs = [];
        kernelConfig = null;
        if (image.SourceBtf is not { } btf)
        {
            return true;
        }

        foreach (ElfSymbol symbol in image.Elf.Symbols)
        {
            if (!symbol.IsUndefined || symbol.Binding == ElfSymbolBinding.Local || image.NameOf(symbol) is not { Length: > 0 } name)
            {
                continue;
            }

            if (!image.Externs.ContainsKey(name) && !TryAdd(btf, name, symbol.Binding == ElfSymbolBinding.Weak))
            {
                return false;
            }
        }

        if (!TryLayOut(btf, out kernelConfig))
        {
            return false;
        }

        externs = [.. image.Externs.Values.OrderBy(symbol => symbol.Kind == ExternKind.KernelConfig ? 0 : 1).ThenBy(symbol => symbol.Name, StringComparer.Ordinal)];
        return true;
    }

    private bool TryAdd(BtfGraph btf, string name, bool isWeak)
    {
        foreach (uint id in btf.FindIds(name))
        {
            switch (btf[id])
            {
                case BtfFunction { Linkage: BtfFunctionLinkage.Extern } function:
                    image.Externs.Add(name, new(name, ExternKind.KernelFunction, function.TypeId, isWeak));
                    return true;
                case BtfVariable { Linkage: BtfVariableLinkage.Extern } variable:
                    return TryAddVariable(btf, variable, isWeak);
            }
        }

        return image.Diagnostics.Report(ObjectDiagnosticId.BadExtern, 0, $"'{name}' is neither defined nor declared in the object's BTF");
    }

    private bool TryAddVariable(BtfGraph btf, BtfVariable variable, bool isWeak)
    {
        _sections ??= SectionsByVariable(btf);
        switch (_sections.GetValueOrDefault(variable.Id))
        {
            case KernelConfigSection:
                if (!IsConfigType(btf, variable.TypeId) || !btf.TryGetSize(variable.TypeId, out uint size) || size is 0 or > LargestConfig)
                {
                    return image.Diagnostics.Report(ObjectDiagnosticId.BadExtern, 0, $"the type of '{variable.Name}' can't hold a value of the kernel's configuration");
                }

                image.Externs.Add(variable.Name, new(variable.Name, ExternKind.KernelConfig, variable.TypeId, isWeak) { Size = size });
                return true;
            case KernelSymbolSection:
                uint type = btf.SkipModifiers(variable.TypeId);
                image.Externs.Add(variable.Name, new(variable.Name, ExternKind.KernelVariable, type == 0 ? 0 : variable.TypeId, isWeak));
                return true;
            default:
                return image.Diagnostics.Report(
                    ObjectDiagnosticId.BadExtern, 0, $"'{variable.Name}' is declared but not defined; only __kconfig and __ksym symbols can be left to the kernel");
        }
    }

    /// <summary>Values of the configuration are numbers, answers and texts.</summary>
    private static bool IsConfigType(BtfGraph btf, uint typeId) => btf.Resolve(typeId) switch
    {
        BtfInt or BtfEnumeration => true,
        BtfArray array => btf.Resolve(array.ElementTypeId) is BtfInt { Size: 1 },
        _ => false,
    };

    private static Dictionary<uint, string> SectionsByVariable(BtfGraph btf)
    {
        Dictionary<uint, string> sections = [];
        foreach (BtfDataSection section in btf.Types.OfType<BtfDataSection>())
        {
            foreach (BtfSectionVariable entry in section.Variables)
            {
                sections.TryAdd(entry.TypeId, section.Name);
            }
        }

        return sections;
    }

    /// <summary>libbpf's order: widest alignment first, then smallest, then by name.</summary>
    private bool TryLayOut(BtfGraph btf, out MapSpec? map)
    {
        map = null;
        ulong end = 0;
        IEnumerable<ExternSpec> ordered = image.Externs.Values.Where(symbol => symbol.Kind == ExternKind.KernelConfig)
            .OrderByDescending(symbol => btf.AlignmentOf(symbol.TypeId))
            .ThenBy(symbol => symbol.Size)
            .ThenBy(symbol => symbol.Name, StringComparer.Ordinal);
        foreach (ExternSpec symbol in ordered.ToList())
        {
            ulong alignment = btf.AlignmentOf(symbol.TypeId);
            end = (end + alignment - 1) / alignment * alignment;
            image.Externs[symbol.Name] = symbol with { Offset = (uint)end };
            end += symbol.Size;
            if (end > LargestConfig)
            {
                return image.Diagnostics.Report(ObjectDiagnosticId.BadExtern, 0, $"__kconfig symbols take more than {LargestConfig} bytes");
            }
        }

        if (end > 0)
        {
            map = DataReader.Define(image.Name, KernelConfigSection, (uint)end, MapContents.KernelConfig) with
            {
                Flags = MapFlags.ReadOnlyProgram | MapFlags.Mmapable,
            };
        }

        return true;
    }
}
