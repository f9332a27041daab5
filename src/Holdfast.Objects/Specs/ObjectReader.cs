using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;
using Holdfast.Btf;
using Holdfast.Btf.Extension;
using Holdfast.Objects.Elf;

namespace Holdfast.Objects;

/// <summary>From the bytes of an object file to its spec, by libbpf's rules.</summary>
internal sealed class ObjectReader(ObjectImage image)
{
    private const ushort BpfMachine = 247;
    private const ushort Relocatable = 1;

    public static BpfObjectSpec? TryRead(ReadOnlyMemory<byte> bytes, string name, DiagnosticList diagnostics)
    {
        var reader = new ElfReader(bytes, diagnostics);
        if (!reader.TryRead())
        {
            return null;
        }

        var image = new ObjectImage(new ElfFile(reader), name, diagnostics);
        return CheckHeader(image) ? new ObjectReader(image).TryRead() : null;
    }

    private static bool CheckHeader(ObjectImage image)
    {
        if (image.Elf.Machine is not (BpfMachine or 0))
        {
            return image.Diagnostics.Report(ObjectDiagnosticId.NotBpf, 18, $"the file is for machine {image.Elf.Machine}, not BPF ({BpfMachine}); compile with clang -target bpf");
        }

        if (image.Elf.IsBigEndian)
        {
            return image.Diagnostics.Report(ObjectDiagnosticId.BigEndian, 5, "the object is big-endian (bpfeb); only little-endian objects can be loaded; compile with -target bpfel");
        }

        return image.Elf.Type == Relocatable
            || image.Diagnostics.Report(ObjectDiagnosticId.NotRelocatable, 16, $"the file has ELF type {image.Elf.Type}, it is no relocatable object ({Relocatable}); compile with -c");
    }

    private BpfObjectSpec? TryRead()
    {
        if (!TryReadLicense(out string license) || !TryReadVersion(out uint version) || !TryReadBtf())
        {
            return null;
        }

        if (!new ExternReader(image).TryRead(out ImmutableArray<ExternSpec> externs, out MapSpec? kernelConfig) || !TryCompleteBtf())
        {
            return null;
        }

        var maps = ImmutableArray.CreateBuilder<MapSpec>();
        var functions = new FunctionIndex(image);
        if (!functions.TryRead() || !new MapReader(image, functions).TryRead(maps) || !new StructOpsReader(image, functions).TryRead(maps))
        {
            return null;
        }

        var data = new DataReader(image);
        if (!data.TryRead(maps))
        {
            return null;
        }

        if (kernelConfig is not null)
        {
            maps.Add(kernelConfig with { ValueTypeId = image.Btf?.FindByName<BtfDataSection>(kernelConfig.Name)?.Id ?? 0 });
        }

        if (!CheckNames(maps) || !new ProgramLinker(image, functions).TryLink(out ImmutableArray<ProgramSpec> programs))
        {
            return null;
        }

        return new BpfObjectSpec
        {
            Name = image.Name,
            License = license,
            KernelVersion = version,
            Maps = maps.ToImmutable(),
            Programs = programs,
            Variables = data.ReadVariables(),
            Externs = externs,
            Btf = image.Btf,
        };
    }

    private bool CheckNames(IEnumerable<MapSpec> maps)
    {
        HashSet<string> seen = [];
        MapSpec? twice = maps.FirstOrDefault(map => !seen.Add(map.Name));
        return twice is null || image.Diagnostics.Report(ObjectDiagnosticId.DuplicateName, 0, $"two maps are named '{twice.Name}'");
    }

    private bool TryReadLicense(out string license)
    {
        const int Longest = 127; // the kernel reads 128 bytes
        license = "";
        if (image.Elf.FindSection("license") is not { } section)
        {
            return true;
        }

        ReadOnlySpan<byte> data = section.Data.Span;
        int end = data.IndexOf((byte)0);
        data = end < 0 ? data : data[..end];
        if (data.Length > Longest)
        {
            return image.Report(ObjectDiagnosticId.BadLicense, section, 0, $"the licence has {data.Length} bytes; at most {Longest} are allowed");
        }

        license = Encoding.UTF8.GetString(data);
        return true;
    }

    private bool TryReadVersion(out uint version)
    {
        version = 0;
        if (image.Elf.FindSection("version") is not { } section)
        {
            return true;
        }

        if (section.Data.Length != sizeof(uint))
        {
            return image.Report(ObjectDiagnosticId.BadVersion, section, 0, $"the version has {section.Data.Length} bytes, not 4");
        }

        version = BinaryPrimitives.ReadUInt32LittleEndian(section.Data.Span);
        return true;
    }

    private bool TryReadBtf()
    {
        if (image.Elf.FindSection(".BTF") is not { } section)
        {
            return true;
        }

        if (!BtfGraph.TryRead(section.Data, null, out BtfGraph? graph, out IReadOnlyList<BtfDiagnostic> wrong))
        {
            return image.Report(ObjectDiagnosticId.BadBtf, section, (ulong)wrong[0].Offset, $".BTF: {wrong[0]}");
        }

        if (graph.IsBigEndian)
        {
            return image.Report(ObjectDiagnosticId.BadBtf, section, 0, ".BTF is big-endian in a little-endian object");
        }

        image.SourceBtf = image.Btf = graph;
        if (image.Elf.FindSection(".BTF.ext") is not { } records)
        {
            return true;
        }

        if (!BtfExtension.TryRead(records.Data.Span, graph, out BtfExtension? extension, out wrong))
        {
            return image.Report(ObjectDiagnosticId.BadBtfExtension, records, (ulong)wrong[0].Offset, $".BTF.ext: {wrong[0]}");
        }

        image.Extension = extension;
        return true;
    }

    private bool TryCompleteBtf()
    {
        if (image.SourceBtf is null)
        {
            return true;
        }

        byte[]? completed = new BtfCompletion(image).TryComplete();
        if (completed is null)
        {
            return false;
        }

        if (!BtfGraph.TryRead(completed, null, out BtfGraph? graph, out IReadOnlyList<BtfDiagnostic> wrong))
        {
            return image.Report(ObjectDiagnosticId.BadBtf, image.Elf.FindSection(".BTF"), 0, $".BTF, completed: {wrong[0]}");
        }

        image.Btf = graph;
        return true;
    }
}
