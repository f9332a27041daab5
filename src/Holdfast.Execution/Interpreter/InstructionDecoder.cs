using System.Diagnostics;
using Holdfast.Isa.Instructions;
using Holdfast.Verifier;

namespace Holdfast.Execution.Interpreter;

/// <summary>Turns a linked program's slots into <see cref="DecodedInstruction"/>s, slot for slot.</summary>
internal static class InstructionDecoder
{
    private static readonly bool Little = BitConverter.IsLittleEndian;

    /// <summary>Decodes a program.</summary>
    /// <param name="program">The program.</param>
    /// <param name="callbacks">Its callbacks.</param>
    /// <returns>One element a slot, pinned.</returns>
    public static DecodedInstruction[] Decode(LinkedProgram program, CallbackSlot[] callbacks)
    {
        ReadOnlySpan<Instruction> slots = program.Verified.Lowered.AsSpan();
        DecodedInstruction[] code = GC.AllocateArray<DecodedInstruction>(slots.Length, pinned: true);
        for (int i = 0; i < slots.Length; i++)
        {
            if (!program.Verified.Facts[i].IsReachable)
            {
                continue;
            }

            Instruction slot = slots[i];
            code[i] = new DecodedInstruction
            {
                Operation = OperationOf(slot, program.Verified.Facts[i].Region),
                Destination = slot.Destination,
                Source = slot.Source,
                Offset = slot.Offset,
                Immediate = slot.Immediate,
            };
            Bind(program, callbacks, i, ref code[i]);
            if (slot.IsLoadImmediate64)
            {
                code[++i].Operation = Operation.Skip;
            }
        }

        return code;
    }

    private static void Bind(LinkedProgram program, CallbackSlot[] callbacks, int slot, ref DecodedInstruction decoded)
    {
        Instruction instruction = program.Verified.Lowered[slot];
        switch (decoded.Operation)
        {
            case Operation.LoadImmediate64:
                decoded.Immediate = (long)ProgramBindings.Immediate64(program, slot, callbacks);
                break;
            case Operation.CallHelper:
                decoded.Immediate = ProgramBindings.CallTarget(program, slot);
                break;
            case Operation.CallLocal:
                decoded.Offset = slot + 1 + instruction.Immediate;
                break;
            case Operation.Goto when instruction.Class == InstructionClass.Jmp32:
                decoded.Offset = instruction.Immediate;
                break;
            case Operation.LoadPacketAbsolute or Operation.LoadPacketIndirect:
                decoded.Destination = (byte)instruction.AccessBytes;
                break;
        }
    }

    private static Operation OperationOf(Instruction instruction, MemoryRegion region) => instruction.Class switch
    {
        InstructionClass.Alu64 => Arithmetic64(instruction),
        InstructionClass.Alu => Arithmetic32(instruction),
        InstructionClass.Jmp or InstructionClass.Jmp32 => Jump(instruction),
        InstructionClass.Ldx => Load(instruction, region is MemoryRegion.Probed or MemoryRegion.Arena),
        InstructionClass.St => Sized(Operation.StoreImmediate8, instruction),
        InstructionClass.Stx => instruction.IsAtomic ? Atomic(instruction) : Sized(Operation.Store8, instruction),
        _ => instruction.MemoryMode switch
        {
            MemoryMode.Abs => Operation.LoadPacketAbsolute,
            MemoryMode.Ind => Operation.LoadPacketIndirect,
            _ => Operation.LoadImmediate64,
        },
    };

    /// <summary>Operations come in the order of 8, 16, 32, 64 bits.</summary>
    private static Operation Sized(Operation first, Instruction instruction) =>
        first + (ushort)int.Log2(instruction.AccessBytes);

    private static Operation Load(Instruction instruction, bool probed)
    {
        bool signed = instruction.MemoryMode == MemoryMode.MemSx;
        Operation first = (probed, signed) switch
        {
            (false, false) => Operation.Load8,
            (false, true) => Operation.LoadSx8,
            (true, false) => Operation.ProbedLoad8,
            (true, true) => Operation.ProbedLoadSx8,
        };
        return Sized(first, instruction);
    }

    private static Operation Arithmetic64(Instruction instruction)
    {
        switch (instruction.AluOperation)
        {
            case AluOperation.Neg:
                return Operation.Neg64;
            case AluOperation.End:
                return Swap(instruction.Immediate);
            case AluOperation.Mov when instruction.UsesSourceRegister && instruction.Offset is 8 or 16 or 32:
                return instruction.Offset switch
                {
                    8 => Operation.MovSx8To64,
                    16 => Operation.MovSx16To64,
                    _ => Operation.MovSx32To64,
                };
            default:
                return (instruction.UsesSourceRegister ? Operation.Add64R : Operation.Add64I) + Position(instruction);
        }
    }

    private static Operation Arithmetic32(Instruction instruction)
    {
        switch (instruction.AluOperation)
        {
            case AluOperation.Neg:
                return Operation.Neg32;
            case AluOperation.End:
                // The source bit asks for big-endian.
                return instruction.UsesSourceRegister == Little ? Swap(instruction.Immediate) : Truncate(instruction.Immediate);
            case AluOperation.Mov when instruction.UsesSourceRegister && instruction.Offset != 0:
                return instruction.Offset == 8 ? Operation.MovSx8To32 : Operation.MovSx16To32;
            default:
                return (instruction.UsesSourceRegister ? Operation.Add32R : Operation.Add32I) + Position(instruction);
        }
    }

    private static Operation Swap(int bits) => bits switch
    {
        16 => Operation.Swap16,
        32 => Operation.Swap32,
        _ => Operation.Swap64,
    };

    private static Operation Truncate(int bits) => bits switch
    {
        16 => Operation.Truncate16,
        32 => Operation.Truncate32,
        _ => Operation.Skip,
    };

    private static ushort Position(Instruction instruction)
    {
        Operation first = instruction.AluOperation switch
        {
            AluOperation.Add => Operation.Add64I,
            AluOperation.Sub => Operation.Sub64I,
            AluOperation.Mul => Operation.Mul64I,
            AluOperation.Div => instruction.IsSigned ? Operation.Sdiv64I : Operation.Div64I,
            AluOperation.Or => Operation.Or64I,
            AluOperation.And => Operation.And64I,
            AluOperation.Lsh => Operation.Lsh64I,
            AluOperation.Rsh => Operation.Rsh64I,
            AluOperation.Mod => instruction.IsSigned ? Operation.Smod64I : Operation.Mod64I,
            AluOperation.Xor => Operation.Xor64I,
            AluOperation.Mov => Operation.Mov64I,
            AluOperation.Arsh => Operation.Arsh64I,
            _ => throw new UnreachableException($"arithmetic opcode {instruction.Opcode:x2}"),
        };
        return (ushort)(first - Operation.Add64I);
    }

    private static Operation Jump(Instruction instruction)
    {
        if (instruction.IsUnconditionalJump)
        {
            return Operation.Goto;
        }

        switch (instruction.JumpOperation)
        {
            case JumpOperation.Exit:
                return Operation.Exit;
            case JumpOperation.Jcond:
                return Operation.MayGoto;
            case JumpOperation.Call:
                return ProgramBindings.IsTailCall(instruction) ? Operation.TailCall
                    : instruction.IsLocalCall ? Operation.CallLocal : Operation.CallHelper;
            default:
                bool wide = instruction.Class == InstructionClass.Jmp;
                Operation first = (wide, instruction.UsesSourceRegister) switch
                {
                    (true, false) => Operation.Jeq64I,
                    (true, true) => Operation.Jeq64R,
                    (false, false) => Operation.Jeq32I,
                    (false, true) => Operation.Jeq32R,
                };
                return first + JumpPosition(instruction);
        }
    }

    private static ushort JumpPosition(Instruction instruction)
    {
        Operation first = instruction.JumpOperation switch
        {
            JumpOperation.Jeq => Operation.Jeq64I,
            JumpOperation.Jgt => Operation.Jgt64I,
            JumpOperation.Jge => Operation.Jge64I,
            JumpOperation.Jset => Operation.Jset64I,
            JumpOperation.Jne => Operation.Jne64I,
            JumpOperation.Jsgt => Operation.Jsgt64I,
            JumpOperation.Jsge => Operation.Jsge64I,
            JumpOperation.Jlt => Operation.Jlt64I,
            JumpOperation.Jle => Operation.Jle64I,
            JumpOperation.Jslt => Operation.Jslt64I,
            JumpOperation.Jsle => Operation.Jsle64I,
            _ => throw new UnreachableException($"jump opcode {instruction.Opcode:x2}"),
        };
        return (ushort)(first - Operation.Jeq64I);
    }

    private static Operation Atomic(Instruction instruction)
    {
        ushort wide = (ushort)(instruction.MemorySize == MemorySize.Double ? 1 : 0);
        return instruction.AtomicOperation switch
        {
            AtomicOperation.Add => Operation.Add32Atomic + wide,
            AtomicOperation.Or => Operation.Or32Atomic + wide,
            AtomicOperation.And => Operation.And32Atomic + wide,
            AtomicOperation.Xor => Operation.Xor32Atomic + wide,
            AtomicOperation.FetchAdd => Operation.FetchAdd32 + wide,
            AtomicOperation.FetchOr => Operation.FetchOr32 + wide,
            AtomicOperation.FetchAnd => Operation.FetchAnd32 + wide,
            AtomicOperation.FetchXor => Operation.FetchXor32 + wide,
            AtomicOperation.Xchg => Operation.Exchange32 + wide,
            AtomicOperation.CmpXchg => Operation.CompareExchange32 + wide,
            AtomicOperation.LoadAcquire => Sized(Operation.LoadAcquire8, instruction),
            AtomicOperation.StoreRelease => Sized(Operation.StoreRelease8, instruction),
            _ => throw new UnreachableException($"atomic operation {instruction.Immediate:x}"),
        };
    }
}
