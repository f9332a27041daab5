using System.Runtime.InteropServices;

namespace Holdfast.Isa.Instructions;

/// <summary>
/// One 8-byte instruction slot in the kernel's layout (<c>struct bpf_insn</c>, RFC 9669 section 3.1). The 16-byte
/// <c>lddw</c> takes two slots; the second holds the upper half of its constant in <see cref="Immediate"/>.
/// Instruction numbers everywhere in Holdfast count slots, as the kernel's verifier log does.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 8)]
public readonly record struct Instruction
{
    /// <summary>Size of a slot in bytes.</summary>
    public const int Size = 8;

    /// <summary>Creates a slot.</summary>
    /// <param name="opcode">Opcode byte.</param>
    /// <param name="destination">Destination register, 0–15.</param>
    /// <param name="source">Source register, 0–15.</param>
    /// <param name="offset">Signed 16-bit offset.</param>
    /// <param name="immediate">Signed 32-bit constant.</param>
    public Instruction(byte opcode, byte destination, byte source, short offset, int immediate)
    {
        Opcode = opcode;
        Registers = (byte)((destination & 0xf) | (source << 4));
        Offset = offset;
        Immediate = immediate;
    }

    /// <summary>The opcode byte.</summary>
    public byte Opcode { get; init; }

    /// <summary>Both register fields as encoded (little-endian order: destination in the low half).</summary>
    public byte Registers { get; init; }

    /// <summary>The signed 16-bit offset field.</summary>
    public short Offset { get; init; }

    /// <summary>The signed 32-bit immediate field.</summary>
    public int Immediate { get; init; }

    /// <summary>Destination register field, 0–15 (only 0–10 are registers).</summary>
    public byte Destination => (byte)(Registers & 0xf);

    /// <summary>Source register field, 0–15; a sub-code in calls and <c>lddw</c>.</summary>
    public byte Source => (byte)(Registers >> 4);

    /// <summary>Instruction class, the low three bits of the opcode.</summary>
    public InstructionClass Class => (InstructionClass)(Opcode & 0x07);

    /// <summary>Whether this is the first slot of a 16-byte <c>lddw</c>.</summary>
    public bool IsLoadImmediate64 => Opcode == 0x18;

    /// <summary>Whether the operation takes its second operand from <see cref="Source"/> (<c>BPF_X</c>).</summary>
    public bool UsesSourceRegister => (Opcode & 0x08) != 0;
}
