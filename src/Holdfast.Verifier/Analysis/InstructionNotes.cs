using Holdfast.Isa.Abi;

namespace Holdfast.Verifier.Analysis;

/// <summary>What all paths together say of an instruction (<c>struct bpf_insn_aux_data</c>).</summary>
internal struct InstructionNotes
{
    public static InstructionNotes None => new() { MapIndex = Unset, Subprogram = Unset, PointerSlot = Unset };

    /// <summary>No path has said anything yet.</summary>
    public const int Unset = -2;

    public bool IsReached;

    public MemoryRegion Region;

    /// <summary>The type of the pointer that is dereferenced, and whether it is one that can't be mixed with others.</summary>
    public RegisterType Pointer;
    public bool HasPointer;
    public bool PointerIsExclusive;

    public int MapIndex;

    public int Subprogram;

    /// <summary>The context's pointer slot to load from, -1 for a load as it is.</summary>
    public int PointerSlot;

    public int StoreSize;

    public HelperId Helper;

    public void Touch(MemoryRegion region) =>
        Region = Region == MemoryRegion.None || Region == region ? region : MemoryRegion.Mixed;

    /// <summary>Merges an index over paths: -1 if they differ.</summary>
    public static void Merge(ref int known, int value) => known = known == Unset || known == value ? value : -1;
}
