namespace Holdfast.Isa.Instructions;

/// <summary>
/// Readings of an <see cref="Instruction"/>'s fields. Each is a plain bit operation and means something only in the
/// class that its text names; whether the instruction is valid is for <c>Opcodes.TryDecode</c> to say.
/// </summary>
public static class InstructionFields
{
    extension(Instruction instruction)
    {
        /// <summary>Arithmetic operation, in classes <c>BPF_ALU</c> and <c>BPF_ALU64</c>.</summary>
        public AluOperation AluOperation => (AluOperation)(instruction.Opcode & 0xf0);

        /// <summary>Jump operation, in classes <c>BPF_JMP</c> and <c>BPF_JMP32</c>.</summary>
        public JumpOperation JumpOperation => (JumpOperation)(instruction.Opcode & 0xf0);

        /// <summary>Access size, in the load and store classes.</summary>
        public MemorySize MemorySize => (MemorySize)(instruction.Opcode & 0x18);

        /// <summary>Access size in bytes (1, 2, 4, 8), in the load and store classes.</summary>
        public int AccessBytes => instruction.MemorySize.ByteCount;

        /// <summary>Addressing mode, in the load and store classes.</summary>
        public MemoryMode MemoryMode => (MemoryMode)(instruction.Opcode & 0xe0);

        /// <summary>Atomic operation, where <c>IsAtomic</c>.</summary>
        public AtomicOperation AtomicOperation => (AtomicOperation)instruction.Immediate;

        /// <summary>Kind of call target, where <c>IsCall</c>.</summary>
        public PseudoCall PseudoCall => (PseudoCall)instruction.Source;

        /// <summary>Kind of constant, where <see cref="Instruction.IsLoadImmediate64"/>.</summary>
        public PseudoLoad PseudoLoad => (PseudoLoad)instruction.Source;

        /// <summary>Whether the class is <c>BPF_ALU</c> or <c>BPF_ALU64</c>.</summary>
        public bool IsArithmetic => instruction.Class is InstructionClass.Alu or InstructionClass.Alu64;

        /// <summary>Whether the class is <c>BPF_JMP</c> or <c>BPF_JMP32</c> (calls and exit included).</summary>
        public bool IsJumpClass => instruction.Class is InstructionClass.Jmp or InstructionClass.Jmp32;

        /// <summary>Whether this is <c>BPF_ATOMIC</c> of class <c>BPF_STX</c>, of any size.</summary>
        public bool IsAtomic => (instruction.Opcode & 0xe7) == 0xc3;

        /// <summary>Whether this is <c>exit</c> (0x95).</summary>
        public bool IsExit => instruction.Opcode == 0x95;

        /// <summary>Whether this is a call by immediate (0x85): helper, local or kernel function.</summary>
        public bool IsCall => instruction.Opcode == 0x85;

        /// <summary>Whether this calls a helper by number.</summary>
        public bool IsHelperCall => instruction.IsCall && instruction.PseudoCall == PseudoCall.Helper;

        /// <summary>Whether this calls a function of the same program.</summary>
        public bool IsLocalCall => instruction.IsCall && instruction.PseudoCall == PseudoCall.Local;

        /// <summary>Whether this calls a kernel function by BTF id.</summary>
        public bool IsKfuncCall => instruction.IsCall && instruction.PseudoCall == PseudoCall.Kfunc;

        /// <summary>Whether this is <c>goto</c> (0x05) or <c>gotol</c> (0x06).</summary>
        public bool IsUnconditionalJump => instruction.Opcode is 0x05 or 0x06;

        /// <summary>Whether this is <c>may_goto</c> (0xe5).</summary>
        public bool IsMayGoto => instruction.Opcode == 0xe5;

        /// <summary>Whether this may or may not jump: a comparison or <c>may_goto</c>.</summary>
        public bool IsConditionalJump => instruction.IsJumpClass
            && instruction.JumpOperation is not (JumpOperation.Ja or JumpOperation.Call or JumpOperation.Exit)
            && instruction.JumpOperation <= JumpOperation.Jcond;

        /// <summary>Whether this is <c>addr_space_cast</c>: a 64-bit register move with offset 1.</summary>
        public bool IsAddressSpaceCast => instruction is { Opcode: 0xbf, Offset: 1 };

        /// <summary>Whether a division or modulo is signed (offset 1), in the arithmetic classes.</summary>
        public bool IsSigned => instruction.Offset == 1;

        /// <summary>How many slots the instruction takes: 2 for <c>lddw</c>, else 1.</summary>
        public int SlotCount => instruction.IsLoadImmediate64 ? 2 : 1;

        /// <summary>
        /// Slot that a jump goes to if it is taken, or that a local call enters.
        /// </summary>
        /// <param name="index">Slot of the instruction itself.</param>
        /// <returns>
        /// The slot, not checked against the program's bounds (a sum that overflows comes out negative); <see langword="null"/> if the
        /// instruction neither jumps nor calls locally.
        /// </returns>
        public int? JumpTarget(int index)
        {
            if (instruction.Opcode == 0x06 || instruction.IsLocalCall)
            {
                return unchecked(index + 1 + instruction.Immediate);
            }

            bool jumps = instruction.IsUnconditionalJump || instruction.IsConditionalJump;
            return jumps ? unchecked(index + 1 + instruction.Offset) : null;
        }
    }
}
