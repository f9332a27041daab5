using Holdfast.Isa.Instructions;

namespace Holdfast.Execution.Jit;

/// <summary>What an instruction does to registers.</summary>
/// <param name="Uses">Registers that it reads (calls: that it may read, of those that hold anything).</param>
/// <param name="Definition">The register that it sets, or -1; no instruction sets two.</param>
/// <param name="Destroys">Registers that hold nothing afterwards.</param>
internal readonly record struct RegisterEffects(RegisterSet Uses, int Definition, RegisterSet Destroys)
{
    /// <summary>Reads an instruction.</summary>
    /// <param name="instruction">The first slot.</param>
    /// <returns>Its effects.</returns>
    public static RegisterEffects Of(Instruction instruction)
    {
        RegisterSet destination = RegisterSet.Of(instruction.Destination);
        RegisterSet source = RegisterSet.Of(instruction.Source);
        switch (instruction.Class)
        {
            case InstructionClass.Alu or InstructionClass.Alu64:
                return Arithmetic(instruction, destination, source);
            case InstructionClass.Jmp or InstructionClass.Jmp32:
                return Jump(instruction, destination, source);
            case InstructionClass.Ldx:
                return new(source, instruction.Destination, default);
            case InstructionClass.St:
                return new(destination, -1, default);
            case InstructionClass.Stx:
                return instruction.IsAtomic ? Atomic(instruction, destination, source) : new(destination | source, -1, default);
            default:
                return instruction.MemoryMode switch
                {
                    MemoryMode.Abs => new(default, 0, RegisterSet.Arguments),
                    MemoryMode.Ind => new(source, 0, RegisterSet.Arguments),
                    _ => new(default, instruction.Destination, default),
                };
        }
    }

    private static RegisterEffects Arithmetic(Instruction instruction, RegisterSet destination, RegisterSet source)
    {
        bool unary = instruction.AluOperation is AluOperation.Neg or AluOperation.End;
        RegisterSet uses = instruction.UsesSourceRegister && !unary ? source : default;
        uses |= instruction.AluOperation == AluOperation.Mov ? default : destination;
        return new(uses, instruction.Destination, default);
    }

    private static RegisterEffects Jump(Instruction instruction, RegisterSet destination, RegisterSet source)
    {
        if (instruction.IsCall)
        {
            return new(RegisterSet.Arguments, 0, RegisterSet.Arguments);
        }

        if (instruction.IsExit)
        {
            return new(RegisterSet.Of(0), -1, default);
        }

        return instruction.IsConditionalJump && !instruction.IsMayGoto
            ? new(destination | (instruction.UsesSourceRegister ? source : default), -1, default)
            : new(default, -1, default);
    }

    private static RegisterEffects Atomic(Instruction instruction, RegisterSet destination, RegisterSet source)
    {
        RegisterSet both = destination | source;
        return instruction.AtomicOperation switch
        {
            AtomicOperation.LoadAcquire => new(source, instruction.Destination, default),
            AtomicOperation.StoreRelease => new(both, -1, default),
            AtomicOperation.CmpXchg => new(both | RegisterSet.Of(0), 0, default),
            AtomicOperation.Add or AtomicOperation.Or or AtomicOperation.And or AtomicOperation.Xor => new(both, -1, default),
            _ => new(both, instruction.Source, default),
        };
    }
}
