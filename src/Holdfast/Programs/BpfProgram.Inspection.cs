using System.Buffers.Binary;
using Holdfast.Btf;
using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;

namespace Holdfast;

/// <content>What is in a program.</content>
public sealed partial class BpfProgram
{
    /// <summary>The program as its engine keeps it: the kernel's after its own rewriting, the userspace engine's with maps as indices into <see cref="ReadMapIds"/>.</summary>
    /// <returns>The instructions; empty where the caller may not see them.</returns>
    /// <exception cref="BpfException">The engine refused.</exception>
    public Instruction[] ReadInstructions()
    {
        Instruction[] instructions = new Instruction[Info.XlatedProgLen / Instruction.Size];
        ProgInfo info = default;
        Failure.Check(Engine, Engine.ProgInfo(Descriptor, ref info, instructions, [], []), $"instructions of '{Name}'");
        return info.XlatedProgInsns == 0 ? [] : instructions;
    }

    /// <summary>Ids of the maps that the program holds.</summary>
    /// <returns>The ids, in the program's order.</returns>
    /// <exception cref="BpfException">The engine refused.</exception>
    public uint[] ReadMapIds()
    {
        uint[] ids = new uint[Info.NrMapIds];
        ProgInfo info = default;
        Failure.Check(Engine, Engine.ProgInfo(Descriptor, ref info, [], ids, []), $"maps of '{Name}'");
        return ids;
    }

    /// <summary>The program's own types.</summary>
    /// <returns>The types; null if it was loaded without BTF.</returns>
    public BtfGraph? ReadBtf() => ObjectBtf.Read(Engine, Info.BtfId);

    /// <summary>The program's source lines, from line_info.</summary>
    /// <returns>Lines in order of instructions; empty if it was loaded without.</returns>
    public IReadOnlyList<ProgramLine> ReadLines()
    {
        const int Known = 16;
        if (Info.NrLineInfo == 0 || Info.LineInfoRecSize < Known || ReadBtf() is not { } btf)
            return [];
        ProgInfo info = new() { LineInfoRecSize = Info.LineInfoRecSize };
        byte[] table = new byte[Info.NrLineInfo * Info.LineInfoRecSize];
        Failure.Check(Engine, Engine.ProgInfo(Descriptor, ref info, [], [], table), $"lines of '{Name}'");
        List<ProgramLine> lines = [];
        for (int at = 0; at + Known <= table.Length; at += (int)Info.LineInfoRecSize)
        {
            uint Word(int index) => BinaryPrimitives.ReadUInt32LittleEndian(table.AsSpan(at + (4 * index)));
            lines.Add(new((int)Word(0), btf.GetString(Word(1)), (int)(Word(3) >> 10), (int)(Word(3) & 0x3ff), btf.GetString(Word(2))));
        }

        return lines;
    }
}
