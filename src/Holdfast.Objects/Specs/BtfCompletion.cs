using Holdfast.Btf;
using Holdfast.Btf.Writing;
using Holdfast.Objects.Elf;

namespace Holdfast.Objects;

/// <summary>
/// Fills in what the compiler leaves to the loader: sizes and offsets of data sections, externs as kernels accept them, and
/// hidden functions as static ones (libbpf: <c>btf_fixup_datasec</c>, <c>bpf_object__collect_externs</c>).
/// </summary>
internal sealed class BtfCompletion(ObjectImage image)
{
    private const string Placeholder = "dummy_ksym";

    private readonly BtfGraph _btf = image.SourceBtf!;
    private readonly BtfEditor _editor = new(image.SourceBtf!);
    private readonly Dictionary<string, ElfSymbol> _variables = [];
    private uint _placeholder;

    /// <summary>The completed bytes; null if they can't be completed, which is reported.</summary>
    public byte[]? TryComplete()
    {
        HashSet<string> hidden = [];
        foreach (ElfSymbol symbol in image.Elf.Symbols)
        {
            if (symbol.Type is ElfSymbolType.Object or ElfSymbolType.None && !symbol.IsUndefined)
            {
                _variables.TryAdd(image.NameOf(symbol), symbol);
            }
            else if (symbol.Type == ElfSymbolType.Function && symbol.IsHidden)
            {
                hidden.Add(image.NameOf(symbol));
            }
        }

        foreach (BtfType type in _btf.Types)
        {
            if (type is BtfDataSection section && !TryComplete(section))
            {
                return null;
            }

            if (type is BtfFunction { Linkage: BtfFunctionLinkage.Global } function && hidden.Contains(function.Name))
            {
                _editor.SetFunction(function.Id, BtfFunctionLinkage.Static);
            }
        }

        return _editor.ToArray();
    }

    private bool TryComplete(BtfDataSection section)
    {
        switch (section.Name)
        {
            case ExternReader.KernelConfigSection:
                CompleteConfig(section);
                return true;
            case ExternReader.KernelSymbolSection:
                CompleteSymbols(section);
                return true;
            default:
                return TryCompleteData(section);
        }
    }

    private void CompleteConfig(BtfDataSection section)
    {
        List<BtfSectionVariable> entries = [];
        uint size = 0;
        foreach (BtfSectionVariable entry in section.Variables)
        {
            uint offset = 0;
            uint length = entry.Size;
            if (_btf[entry.TypeId] is BtfVariable variable)
            {
                _editor.SetVariable(variable.Id, variable.TypeId, BtfVariableLinkage.Global);
                if (image.Externs.TryGetValue(variable.Name, out ExternSpec? symbol))
                {
                    offset = symbol.Offset;
                    length = symbol.Size;
                }
            }

            entries.Add(entry with { Offset = offset, Size = length });
            size = Math.Max(size, offset + length);
        }

        _editor.SetSection(section.Id, size, Sorted(entries));
    }

    /// <summary>Kernels know no extern symbols in BTF: each becomes an int, functions a placeholder.</summary>
    private void CompleteSymbols(BtfDataSection section)
    {
        uint integer = _btf.Types.OfType<BtfInt>().FirstOrDefault(type => type is { Size: 4, IsRegular: true })?.Id ?? 0;
        List<BtfSectionVariable> entries = [];
        foreach (BtfSectionVariable entry in section.Variables)
        {
            uint offset = (uint)entries.Count * sizeof(int);
            if (_btf[entry.TypeId] is BtfFunction function)
            {
                if (_placeholder == 0)
                {
                    _placeholder = _editor.AddVariable(Placeholder, integer);
                }

                _editor.SetFunction(function.Id, BtfFunctionLinkage.Global);
                if (_btf.KindOf(function.TypeId) == BtfKind.FunctionPrototype)
                {
                    _editor.NameParameters(function.TypeId, Placeholder);
                }

                entries.Add(new(_placeholder, offset, sizeof(int)));
            }
            else
            {
                if (_btf[entry.TypeId] is BtfVariable variable)
                {
                    _editor.SetVariable(variable.Id, integer, BtfVariableLinkage.Global);
                }

                entries.Add(new(entry.TypeId, offset, sizeof(int)));
            }
        }

        _editor.SetSection(section.Id, (uint)section.Variables.Length * sizeof(int), entries);
    }

    private bool TryCompleteData(BtfDataSection section)
    {
        bool isComplete = section.Size != 0;
        uint size = section.Size;
        if (!isComplete)
        {
            if (image.Elf.FindSection(section.Name) is not { } data || data.Size is 0 or > uint.MaxValue)
            {
                return image.Diagnostics.Report(ObjectDiagnosticId.BadBtf, 0, $".BTF has a data section '{section.Name}' that the object doesn't have");
            }

            size = (uint)data.Size;
        }

        List<BtfSectionVariable> entries = [];
        foreach (BtfSectionVariable entry in section.Variables)
        {
            if (_btf[entry.TypeId] is not BtfVariable variable || !_variables.TryGetValue(variable.Name, out ElfSymbol symbol))
            {
                return image.Diagnostics.Report(
                    ObjectDiagnosticId.BadBtf, 0, $".BTF has a variable '{_btf.NameOf(entry.TypeId)}' in '{section.Name}' that the object doesn't have");
            }

            if (symbol.IsHidden && variable.Linkage == BtfVariableLinkage.Global)
            {
                _editor.SetVariable(variable.Id, variable.TypeId, BtfVariableLinkage.Static);
            }

            entries.Add(isComplete ? entry : entry with { Offset = (uint)symbol.Value });
        }

        _editor.SetSection(section.Id, size, Sorted(entries));
        return true;
    }

    private static List<BtfSectionVariable> Sorted(List<BtfSectionVariable> entries) => [.. entries.OrderBy(entry => entry.Offset)];
}
