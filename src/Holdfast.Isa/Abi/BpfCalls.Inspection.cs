using Holdfast.Isa.Instructions;

namespace Holdfast.Isa.Abi;

/// <content>The variable-length parts of what is known of an object.</content>
public static unsafe partial class BpfCalls
{
    /// <summary>BPF_OBJ_GET_INFO_BY_FD of a program, with its tables.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="descriptor">The program's descriptor.</param>
    /// <param name="info">Receives what is known. Record sizes in it are read first; its addresses and counts are set here.</param>
    /// <param name="instructions">Receives the program as the engine keeps it; empty for none.</param>
    /// <param name="mapIds">Receives the ids of its maps; empty for none.</param>
    /// <param name="lines">Receives line_info records of <see cref="ProgInfo.LineInfoRecSize"/> bytes; empty for none.</param>
    /// <returns>Zero, or the negated <see cref="Errno"/>.</returns>
    public static int ProgInfo(
        this IBpfEngine engine, int descriptor, ref ProgInfo info, Span<Instruction> instructions, Span<uint> mapIds, Span<byte> lines)
    {
        // Safe: the engine writes at most the lengths given beside each address, and all stay pinned for the call.
        fixed (Instruction* instructionPointer = instructions)
        fixed (uint* mapPointer = mapIds)
        fixed (byte* linePointer = lines)
        {
            info = new ProgInfo { LineInfoRecSize = info.LineInfoRecSize, FuncInfoRecSize = info.FuncInfoRecSize };
            info.XlatedProgInsns = (ulong)instructionPointer;
            info.XlatedProgLen = (uint)(instructions.Length * Instruction.Size);
            info.MapIds = (ulong)mapPointer;
            info.NrMapIds = (uint)mapIds.Length;
            info.LineInfo = (ulong)linePointer;
            info.NrLineInfo = Records(lines, info.LineInfoRecSize);
            return engine.Info(descriptor, ref info);
        }
    }

    /// <summary>BPF_OBJ_GET_INFO_BY_FD of a BTF object, with its bytes.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="descriptor">The BTF object's descriptor.</param>
    /// <param name="info">Receives what is known; its size is the whole blob's.</param>
    /// <param name="blob">Receives the blob, as far as there is room; empty for none.</param>
    /// <returns>Zero, or the negated <see cref="Errno"/>.</returns>
    public static int BtfInfo(this IBpfEngine engine, int descriptor, out BtfInfo info, Span<byte> blob)
    {
        // Safe: as above.
        fixed (byte* pointer = blob)
        {
            info = new BtfInfo { Btf = (ulong)pointer, BtfSize = (uint)blob.Length };
            return engine.Info(descriptor, ref info);
        }
    }
}
