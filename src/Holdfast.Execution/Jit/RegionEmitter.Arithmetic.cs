using System.Buffers.Binary;
using System.Diagnostics;
using System.Reflection.Emit;
using Holdfast.Isa.Instructions;

namespace Holdfast.Execution.Jit;

/// <summary>Arithmetic: 64-bit operations on 64-bit values; 32-bit ones on 32-bit values, zero-extended at the end.</summary>
internal sealed partial class RegionEmitter
{
    private void EmitArithmetic(int slot, Instruction instruction)
    {
        bool wide = instruction.Class == InstructionClass.Alu64;
        switch (instruction.AluOperation)
        {
            case AluOperation.Mov:
                EmitMove(instruction, wide);
                break;
            case AluOperation.Neg:
                LoadNarrow(instruction.Destination, wide);
                _il.Emit(OpCodes.Neg);
                Widen(wide);
                break;
            case AluOperation.End:
                EmitByteOrder(instruction, wide);
                break;
            default:
                EmitBinary(instruction, wide);
                Widen(wide);
                break;
        }

        Define(slot);
    }

    private void EmitBinary(Instruction instruction, bool wide)
    {
        LoadNarrow(instruction.Destination, wide);
        switch (instruction.AluOperation)
        {
            case AluOperation.Div or AluOperation.Mod:
                EmitDivision(instruction, wide);
                return;
            case AluOperation.Lsh or AluOperation.Rsh or AluOperation.Arsh:
                EmitShift(instruction, wide);
                return;
        }

        LoadOperand(instruction, wide);
        _il.Emit(instruction.AluOperation switch
        {
            AluOperation.Add => OpCodes.Add,
            AluOperation.Sub => OpCodes.Sub,
            AluOperation.Mul => OpCodes.Mul,
            AluOperation.Or => OpCodes.Or,
            AluOperation.And => OpCodes.And,
            AluOperation.Xor => OpCodes.Xor,
            _ => throw new UnreachableException($"arithmetic opcode {instruction.Opcode:x2}"),
        });
    }

    /// <summary>CIL leaves large shift counts undefined; eBPF masks them, and RyuJIT drops the mask where the hardware does it.</summary>
    private void EmitShift(Instruction instruction, bool wide)
    {
        int mask = wide ? 63 : 31;
        if (instruction.UsesSourceRegister)
        {
            LoadNarrow(instruction.Source, wide: false);
            _il.Emit(OpCodes.Ldc_I4, mask);
            _il.Emit(OpCodes.And);
        }
        else
        {
            _il.Emit(OpCodes.Ldc_I4, instruction.Immediate & mask);
        }

        _il.Emit(instruction.AluOperation switch
        {
            AluOperation.Lsh => OpCodes.Shl,
            AluOperation.Rsh => OpCodes.Shr_Un,
            _ => OpCodes.Shr,
        });
    }

    private void EmitDivision(Instruction instruction, bool wide)
    {
        bool divide = instruction.AluOperation == AluOperation.Div;
        LoadOperand(instruction, wide);
        bool safe = !instruction.UsesSourceRegister && instruction.Immediate is not (0 or -1);
        if (safe)
        {
            _il.Emit((divide, instruction.IsSigned) switch
            {
                (true, false) => OpCodes.Div_Un,
                (true, true) => OpCodes.Div,
                (false, false) => OpCodes.Rem_Un,
                (false, true) => OpCodes.Rem,
            });
            return;
        }

        string name = (instruction.IsSigned ? "S" : "") + (divide ? "div" : "mod") + (wide ? "64" : "32");
        _il.Emit(OpCodes.Call, Method(typeof(Arithmetic), char.ToUpperInvariant(name[0]) + name[1..]));
    }

    private void EmitMove(Instruction instruction, bool wide)
    {
        if (instruction.IsAddressSpaceCast || instruction.Offset == 0 || !instruction.UsesSourceRegister)
        {
            // Both address spaces of an arena are the same addresses here.
            LoadOperand(instruction, wide);
            Widen(wide);
            return;
        }

        LoadNarrow(instruction.Source, wide);
        _il.Emit(instruction.Offset switch
        {
            8 => OpCodes.Conv_I1,
            16 => OpCodes.Conv_I2,
            _ => OpCodes.Conv_I4,
        });
        _il.Emit(wide ? OpCodes.Conv_I8 : OpCodes.Conv_U8);
    }

    private void EmitByteOrder(Instruction instruction, bool wide)
    {
        bool swap = wide || instruction.UsesSourceRegister == BitConverter.IsLittleEndian;
        Load(instruction.Destination);
        Type? narrow = instruction.Immediate switch
        {
            16 => typeof(ushort),
            32 => typeof(uint),
            _ => null,
        };
        if (narrow != null)
        {
            _il.Emit(narrow == typeof(ushort) ? OpCodes.Conv_U2 : OpCodes.Conv_U4);
        }

        if (swap)
        {
            Type type = narrow ?? typeof(ulong);
            _il.Emit(OpCodes.Call, typeof(BinaryPrimitives).GetMethod(nameof(BinaryPrimitives.ReverseEndianness), [type])!);
        }

        _il.Emit(OpCodes.Conv_U8);
    }

    /// <summary>Loads a register as 64 bits, or its lower 32.</summary>
    private void LoadNarrow(int register, bool wide)
    {
        Load(register);
        if (!wide)
        {
            _il.Emit(OpCodes.Conv_U4);
        }
    }

    /// <summary>Loads the second operand: a register, or the immediate, sign-extended.</summary>
    private void LoadOperand(Instruction instruction, bool wide)
    {
        if (instruction.UsesSourceRegister)
        {
            LoadNarrow(instruction.Source, wide);
        }
        else if (wide)
        {
            _il.Emit(OpCodes.Ldc_I8, (long)instruction.Immediate);
        }
        else
        {
            _il.Emit(OpCodes.Ldc_I4, instruction.Immediate);
        }
    }

    private void Widen(bool wide)
    {
        if (!wide)
        {
            _il.Emit(OpCodes.Conv_U8);
        }
    }
}
