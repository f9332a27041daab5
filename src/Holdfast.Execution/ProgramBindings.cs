using System.Diagnostics;
using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;

namespace Holdfast.Execution;

/// <summary>What both engines ask of a linked program: the values behind its pseudo-instructions.</summary>
internal static class ProgramBindings
{
    /// <summary>Makes a callback slot for each function, if any <c>lddw</c> takes a function's address.</summary>
    /// <param name="program">The program.</param>
    /// <returns>One slot for each subprogram, or none.</returns>
    public static CallbackSlot[] CreateCallbacks(LinkedProgram program)
    {
        bool any = false;
        foreach (Instruction instruction in program.Verified.Lowered)
        {
            any |= instruction.IsLoadImmediate64 && instruction.PseudoLoad == PseudoLoad.Function;
        }

        CallbackSlot[] slots = new CallbackSlot[any ? program.Verified.Subprograms.Length : 0];
        for (int i = 0; i < slots.Length; i++)
        {
            slots[i] = new CallbackSlot();
        }

        return slots;
    }

    /// <summary>The number that an <c>lddw</c> puts into its register.</summary>
    /// <param name="program">The program.</param>
    /// <param name="slot">Its first slot.</param>
    /// <param name="callbacks">What <see cref="CreateCallbacks"/> gave.</param>
    /// <returns>Constant, map handle, address of a map value, or callback handle.</returns>
    public static unsafe ulong Immediate64(LinkedProgram program, int slot, CallbackSlot[] callbacks)
    {
        ReadOnlySpan<Instruction> code = program.Verified.Lowered.AsSpan();
        Instruction instruction = code[slot];
        switch (instruction.PseudoLoad)
        {
            case PseudoLoad.MapFd or PseudoLoad.MapIndex:
                return program.Maps[instruction.Immediate].Handle;
            case PseudoLoad.MapValue or PseudoLoad.MapIndexValue:
                byte* value = program.Maps[instruction.Immediate].ValueBase;
                return value != null
                    ? (ulong)value + (uint)code[slot + 1].Immediate
                    : throw new UnreachableException($"instruction {slot} points into a map that has no fixed value");
            case PseudoLoad.Function:
                return callbacks[instruction.Immediate].Handle;
            default:
                return code.Immediate64(slot);
        }
    }

    /// <summary>The function that a helper or kfunc call goes to.</summary>
    /// <param name="program">The program.</param>
    /// <param name="slot">The call.</param>
    /// <returns>A pointer with the signature of <see cref="HelperTable"/>'s.</returns>
    public static unsafe nint CallTarget(LinkedProgram program, int slot)
    {
        Instruction call = program.Verified.Lowered[slot];
        nint target = 0;
        if (call.IsHelperCall)
        {
            target = (nint)program.Helpers.Find((HelperId)call.Immediate);
        }
        else
        {
            foreach (KfuncBinding binding in program.Kfuncs)
            {
                target = binding.BtfId == call.Immediate && binding.Offset == call.Offset ? binding.Function : target;
            }
        }

        return target != 0 ? target : throw new UnreachableException($"instruction {slot} calls function {call.Immediate}, which isn't linked");
    }

    /// <summary>Whether a slot is a tail call, which engines do themselves.</summary>
    /// <param name="instruction">The slot.</param>
    /// <returns>Whether it is.</returns>
    public static bool IsTailCall(Instruction instruction) =>
        instruction.IsHelperCall && instruction.Immediate == (int)HelperId.TailCall;
}
