using System.Diagnostics;
using System.Reflection.Emit;
using Holdfast.Isa.Instructions;

namespace Holdfast.Execution.Jit;

/// <summary>What instruction goes where, jumps and exits.</summary>
internal sealed partial class RegionEmitter
{
    private void EmitInstruction(int slot)
    {
        Instruction instruction = Code[slot];
        switch (instruction.Class)
        {
            case InstructionClass.Alu or InstructionClass.Alu64:
                EmitArithmetic(slot, instruction);
                break;
            case InstructionClass.Jmp or InstructionClass.Jmp32:
                EmitJumpClass(slot, instruction);
                break;
            case InstructionClass.Ldx:
                EmitLoad(slot, instruction);
                break;
            case InstructionClass.St:
                EmitStore(instruction);
                break;
            case InstructionClass.Stx when instruction.IsAtomic:
                EmitAtomic(slot, instruction);
                break;
            case InstructionClass.Stx:
                EmitStore(instruction);
                break;
            default:
                EmitLoadClass(slot, instruction);
                break;
        }
    }

    private void EmitJumpClass(int slot, Instruction instruction)
    {
        if (instruction.IsUnconditionalJump)
        {
            _il.Emit(OpCodes.Br, Target(instruction.JumpTarget(slot)!.Value));
        }
        else if (instruction.IsExit)
        {
            EmitExit(() => Load(0));
        }
        else if (instruction.IsMayGoto)
        {
            EmitMayGoto(Target(instruction.JumpTarget(slot)!.Value));
        }
        else if (instruction.IsCall)
        {
            EmitCall(slot, instruction);
        }
        else
        {
            EmitConditionalJump(slot, instruction);
        }
    }

    private void EmitConditionalJump(int slot, Instruction instruction)
    {
        bool wide = instruction.Class == InstructionClass.Jmp;
        Label target = Target(instruction.JumpTarget(slot)!.Value);
        LoadNarrow(instruction.Destination, wide);
        LoadOperand(instruction, wide);
        if (instruction.JumpOperation == JumpOperation.Jset)
        {
            _il.Emit(OpCodes.And);
            _il.Emit(OpCodes.Brtrue, target);
            return;
        }

        _il.Emit(instruction.JumpOperation switch
        {
            JumpOperation.Jeq => OpCodes.Beq,
            JumpOperation.Jne => OpCodes.Bne_Un,
            JumpOperation.Jgt => OpCodes.Bgt_Un,
            JumpOperation.Jge => OpCodes.Bge_Un,
            JumpOperation.Jlt => OpCodes.Blt_Un,
            JumpOperation.Jle => OpCodes.Ble_Un,
            JumpOperation.Jsgt => OpCodes.Bgt,
            JumpOperation.Jsge => OpCodes.Bge,
            JumpOperation.Jslt => OpCodes.Blt,
            JumpOperation.Jsle => OpCodes.Ble,
            _ => throw new UnreachableException($"jump opcode {instruction.Opcode:x2}"),
        }, target);
    }

    /// <summary>Leaves the function with r0 as emitted by <paramref name="loadResult"/>.</summary>
    private void EmitExit(Action loadResult)
    {
        if (!_inRegions)
        {
            loadResult();
            _il.Emit(OpCodes.Ret);
            return;
        }

        _il.Emit(OpCodes.Ldarg_2);
        loadResult();
        _il.Emit(OpCodes.Stfld, ChunkFrame.Register(0));
        _il.Emit(OpCodes.Ldc_I4, ChunkedFunction.Exit);
        _il.Emit(OpCodes.Ret);
    }

    /// <summary>Jumps once the function has used up its iterations.</summary>
    private void EmitMayGoto(Label target)
    {
        LoadMayGoto();
        _il.Emit(OpCodes.Brfalse, target);
        if (_inRegions)
        {
            _il.Emit(OpCodes.Ldarg_2);
        }

        LoadMayGoto();
        _il.Emit(OpCodes.Ldc_I8, 1L);
        _il.Emit(OpCodes.Sub);
        if (_inRegions)
        {
            _il.Emit(OpCodes.Stfld, typeof(ChunkFrame).GetField(nameof(ChunkFrame.MayGoto))!);
        }
        else
        {
            _il.Emit(OpCodes.Stloc, _mayGoto!);
        }
    }

    private void LoadMayGoto()
    {
        if (_inRegions)
        {
            _il.Emit(OpCodes.Ldarg_2);
            _il.Emit(OpCodes.Ldfld, typeof(ChunkFrame).GetField(nameof(ChunkFrame.MayGoto))!);
        }
        else
        {
            _il.Emit(OpCodes.Ldloc, _mayGoto!);
        }
    }

    private void EmitLoadClass(int slot, Instruction instruction)
    {
        if (instruction.IsLoadImmediate64)
        {
            _il.Emit(OpCodes.Ldc_I8, (long)ProgramBindings.Immediate64(_program, slot, _constants.Callbacks));
            Define(slot);
            return;
        }

        EmitPacketLoad(slot, instruction);
    }

    /// <summary><c>ld_abs</c>, <c>ld_ind</c>: a packet too short ends the function with 0.</summary>
    private void EmitPacketLoad(int slot, Instruction instruction)
    {
        Label loaded = _il.DefineLabel();
        LocalBuilder value = _il.DeclareLocal(typeof(uint));
        _il.Emit(OpCodes.Ldarg_1);
        _il.Emit(OpCodes.Ldc_I4, instruction.Immediate);
        if (instruction.MemoryMode == MemoryMode.Ind)
        {
            LoadNarrow(instruction.Source, wide: false);
            _il.Emit(OpCodes.Add);
        }

        _il.Emit(OpCodes.Ldc_I4, instruction.AccessBytes);
        _il.Emit(OpCodes.Ldloca, value);
        _il.Emit(OpCodes.Callvirt, typeof(RunContext).GetMethod(nameof(RunContext.TryLoadPacket))!);
        _il.Emit(OpCodes.Brtrue, loaded);
        EmitExit(() => _il.Emit(OpCodes.Ldc_I8, 0L));
        _il.MarkLabel(loaded);
        _il.Emit(OpCodes.Ldloc, value);
        _il.Emit(OpCodes.Conv_U8);
        Define(slot);
    }
}
