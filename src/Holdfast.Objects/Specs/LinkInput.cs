using Holdfast.Btf.Extension;

namespace Holdfast.Objects;

/// <summary>What programs are linked from, and how much code all of them may have together.</summary>
internal sealed record LinkInput(
    ObjectImage Image,
    FunctionIndex Functions,
    CodeRelocations Relocations,
    CodeRecords<BtfFunctionInfo> FunctionRecords,
    CodeRecords<BtfLineInfo> LineRecords,
    CodeRecords<CoreRelocationRecord> CoreRecords)
{
    /// <summary>Slots and records that are left: a small file could ask for much by calling one long function from many programs.</summary>
    public long Budget { get; set; } = 8 << 20;
}
