using Holdfast.Isa.Instructions;

namespace Holdfast.Isa.Abi;

/// <summary>What BPF_PROG_LOAD is given, in spans; names as in <see cref="ProgLoadAttribute"/>.</summary>
public ref struct ProgLoadRequest
{
    /// <summary>An empty request under the licence <c>GPL</c>.</summary>
    public ProgLoadRequest()
    {
    }

    /// <summary>Program type.</summary>
    public ProgramType Type { get; set; }

    /// <summary>Attach type that the program is to be used with.</summary>
    public AttachType ExpectedAttachType { get; set; }

    /// <summary>The program.</summary>
    public ReadOnlySpan<Instruction> Instructions { get; set; }

    /// <summary>Licence text; GPL-only helpers ask for a GPL-compatible one.</summary>
    public string License { get; set; } = "GPL";

    /// <summary>Name, cut to 15 bytes.</summary>
    public string Name { get; set; } = "";

    /// <summary>Flags.</summary>
    public ProgramFlags Flags { get; set; }

    /// <summary>Kernel version; only kernels before 5.0 look at it.</summary>
    public uint KernelVersion { get; set; }

    /// <summary>Interface that an offloaded or device-bound program is for, 0 for none.</summary>
    public uint InterfaceIndex { get; set; }

    /// <summary>Log level bits: 1 and 2 path and state, 4 statistics; 0 for no log.</summary>
    public uint LogLevel { get; set; }

    /// <summary>Receives the log as zero-terminated text; empty for none.</summary>
    public Span<byte> Log { get; set; }

    /// <summary>Descriptor of the program's BTF, 0 for none.</summary>
    public int BtfDescriptor { get; set; }

    /// <summary>Function records, <see cref="FuncInfoRecordSize"/> bytes each.</summary>
    public ReadOnlySpan<byte> FuncInfo { get; set; }

    /// <summary>Size of a function record in bytes.</summary>
    public uint FuncInfoRecordSize { get; set; }

    /// <summary>Line records, <see cref="LineInfoRecordSize"/> bytes each.</summary>
    public ReadOnlySpan<byte> LineInfo { get; set; }

    /// <summary>Size of a line record in bytes.</summary>
    public uint LineInfoRecordSize { get; set; }

    /// <summary>CO-RE relocation records for the kernel to apply, <see cref="CoreRelocationRecordSize"/> bytes each.</summary>
    public ReadOnlySpan<byte> CoreRelocations { get; set; }

    /// <summary>Size of a CO-RE record in bytes.</summary>
    public uint CoreRelocationRecordSize { get; set; }

    /// <summary>BTF id of the type or function attached to.</summary>
    public uint AttachBtfId { get; set; }

    /// <summary>Program, or BTF object, attached to.</summary>
    public int AttachDescriptor { get; set; }

    /// <summary>Descriptors that instructions name by index.</summary>
    public ReadOnlySpan<int> DescriptorArray { get; set; }

    /// <summary>Whether to tell the engine the array's length, so that it binds every map in it (Linux 6.14).</summary>
    public bool BindDescriptorArray { get; set; }
}
