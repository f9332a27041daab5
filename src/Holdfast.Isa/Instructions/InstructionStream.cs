using System.Buffers.Binary;

namespace Holdfast.Isa.Instructions;

/// <summary>Instruction slots ↔ bytes, always little-endian, on every host.</summary>
public static class InstructionStream
{
    /// <summary>Reads slots from bytes.</summary>
    /// <param name="bytes">The bytes of a program.</param>
    /// <param name="instructions">The slots; empty on failure.</param>
    /// <returns>Whether the length is a multiple of <see cref="Instruction.Size"/>; that is all that is checked.</returns>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out Instruction[] instructions)
    {
        if (bytes.Length % Instruction.Size != 0)
        {
            instructions = [];
            return false;
        }

        instructions = new Instruction[bytes.Length / Instruction.Size];
        for (int i = 0; i < instructions.Length; i++)
        {
            instructions[i] = Read(bytes[(i * Instruction.Size)..]);
        }

        return true;
    }

    /// <summary>Reads one slot.</summary>
    /// <param name="bytes">At least <see cref="Instruction.Size"/> bytes.</param>
    /// <returns>The slot.</returns>
    public static Instruction Read(ReadOnlySpan<byte> bytes) => new()
    {
        Opcode = bytes[0],
        Registers = bytes[1],
        Offset = BinaryPrimitives.ReadInt16LittleEndian(bytes[2..]),
        Immediate = BinaryPrimitives.ReadInt32LittleEndian(bytes[4..]),
    };

    /// <summary>Writes one slot.</summary>
    /// <param name="bytes">At least <see cref="Instruction.Size"/> bytes.</param>
    /// <param name="instruction">The slot.</param>
    public static void Write(Span<byte> bytes, Instruction instruction)
    {
        bytes[0] = instruction.Opcode;
        bytes[1] = instruction.Registers;
        BinaryPrimitives.WriteInt16LittleEndian(bytes[2..], instruction.Offset);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[4..], instruction.Immediate);
    }

    /// <summary>The bytes of a program.</summary>
    /// <param name="instructions">The slots.</param>
    /// <returns>8 bytes a slot.</returns>
    public static byte[] ToBytes(ReadOnlySpan<Instruction> instructions)
    {
        byte[] bytes = new byte[checked(instructions.Length * Instruction.Size)];
        for (int i = 0; i < instructions.Length; i++)
        {
            Write(bytes.AsSpan(i * Instruction.Size), instructions[i]);
        }

        return bytes;
    }

    /// <summary>The 64-bit constant of the <c>lddw</c> at a slot: its own immediate below, the next slot's above.</summary>
    /// <param name="program">The program.</param>
    /// <param name="index">Slot of the <c>lddw</c>; the next slot must exist.</param>
    /// <returns>The constant.</returns>
    public static ulong Immediate64(this ReadOnlySpan<Instruction> program, int index) =>
        (uint)program[index].Immediate | ((ulong)(uint)program[index + 1].Immediate << 32);
}
