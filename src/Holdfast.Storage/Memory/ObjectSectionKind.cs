namespace Holdfast.Storage.Memory;

/// <summary>What a variable section holds. Readers skip kinds that they don't know.</summary>
public enum ObjectSectionKind : uint
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>A <c>.BTF</c> blob.</summary>
    Btf = 1,

    /// <summary>eBPF instructions, eight bytes a slot.</summary>
    Instructions = 2,

    /// <summary>Records of <c>struct bpf_func_info</c>, with their record size in the attributes.</summary>
    FunctionInfo = 3,

    /// <summary>Records of <c>struct bpf_line_info</c>.</summary>
    LineInfo = 4,

    /// <summary>Records of <c>struct bpf_core_relo</c>.</summary>
    CoreRelocations = 5,

    /// <summary>Ids of the maps that a program uses, four bytes each, in the order of <c>map_ids</c>.</summary>
    MapIds = 6,

    /// <summary>The program's licence, as text.</summary>
    License = 7,

    /// <summary>Instructions as they were loaded, before any rewriting.</summary>
    OriginalInstructions = 8,

    /// <summary>A kind's own further immutable data.</summary>
    Extra = 9,
}
