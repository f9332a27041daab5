using System.Collections.Immutable;
using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;

namespace Holdfast.Verifier.Analysis;

/// <summary>Makes the verified program: what was proven of each slot, and the instructions to run.</summary>
internal static class ProgramLowering
{
    public static VerifiedProgram Build(VerificationRequest request, ProgramStructure structure, MapTable maps, Analyzer analyzer, int depth)
    {
        ImmutableArray<Instruction> code = request.Instructions;
        Instruction[] lowered = [.. code];
        InstructionFacts[] facts = new InstructionFacts[code.Length];
        bool changesPacket = false;
        for (int i = 0; i < code.Length; i++)
        {
            InstructionNotes notes = analyzer.Notes[i];
            facts[i] = new InstructionFacts
            {
                IsReachable = notes.IsReached,
                Region = notes.Region,
                MapIndex = notes.MapIndex >= 0 ? notes.MapIndex : -1,
                Subprogram = notes.Subprogram >= 0 ? notes.Subprogram : -1,
            };
            if (code[i].IsLoadImmediate64)
            {
                LowerConstant(code, lowered, i, structure, maps);
                facts[i + 1] = new InstructionFacts { IsReachable = notes.IsReached, MapIndex = -1, Subprogram = -1 };
                i++;
                continue;
            }

            if (code[i].IsHelperCall && notes.IsReached && request.Type.FindHelper((HelperId)code[i].Immediate, request) is { ChangesPacketData: true })
            {
                changesPacket = true;
            }

            lowered[i] = LowerContext(code[i], notes);
        }

        return new VerifiedProgram(request)
        {
            Lowered = [.. lowered],
            Facts = [.. facts],
            Subprograms = [.. structure.Starts.Select((start, number) => new Subprogram(
                start, structure.EndOf(number) - start, number == 0 && analyzer.NameOf(0).Length == 0 ? request.Name : analyzer.NameOf(number),
                analyzer.IsGlobal(number), (analyzer.StackDepths[number] + 7) & ~7))],
            Maps = [.. maps.Maps],
            ChangesPacketData = changesPacket,
            HasTailCall = analyzer.HasTailCall,
            ContextReach = analyzer.ContextReach,
            MaximumStackDepth = depth,
        };
    }

    private static void LowerConstant(ImmutableArray<Instruction> code, Instruction[] lowered, int index, ProgramStructure structure, MapTable maps)
    {
        Instruction instruction = code[index];
        switch (instruction.PseudoLoad)
        {
            case PseudoLoad.Constant or PseudoLoad.BtfId:
                break;
            case PseudoLoad.Function:
                lowered[index] = instruction with { Immediate = structure.FunctionAt(index + 1 + instruction.Immediate) };
                break;
            default:
                bool isValue = instruction.PseudoLoad is PseudoLoad.MapValue or PseudoLoad.MapIndexValue;
                PseudoLoad kind = isValue ? PseudoLoad.MapValue : PseudoLoad.MapFd;
                lowered[index] = new Instruction(instruction.Opcode, instruction.Destination, (byte)kind, 0, maps.IndexOf(maps.At(index)));
                break;
        }
    }

    private static Instruction LowerContext(Instruction instruction, InstructionNotes notes)
    {
        if (notes.PointerSlot >= 0)
        {
            return new Instruction((byte)((byte)InstructionClass.Ldx | (byte)MemorySize.Double | (byte)MemoryMode.Mem), instruction.Destination, instruction.Source, (short)notes.PointerSlot, 0);
        }

        if (notes.StoreSize != 0)
        {
            MemorySize size = notes.StoreSize switch
            {
                1 => MemorySize.Byte,
                2 => MemorySize.Half,
                4 => MemorySize.Word,
                _ => MemorySize.Double,
            };
            return instruction with { Opcode = (byte)((instruction.Opcode & ~0x18) | (byte)size) };
        }

        return instruction;
    }
}
