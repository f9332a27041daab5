using System.Security.Cryptography;

namespace Holdfast.Isa.Instructions;

/// <summary>
/// The kernel's name for a program's text: the first 8 bytes of a digest over the instructions with map references blanked
/// (<c>bpf_prog_calc_tag</c>). Linux 6.18 digests with SHA-256, earlier kernels with SHA-1.
/// </summary>
public static class ProgramTag
{
    /// <summary>Length of a tag in bytes, <c>BPF_TAG_SIZE</c>.</summary>
    public const int Size = 8;

    /// <summary>The tag as Linux 6.18 computes it.</summary>
    /// <param name="program">The program as given to BPF_PROG_LOAD.</param>
    /// <returns>8 bytes.</returns>
    public static byte[] Compute(ReadOnlySpan<Instruction> program) => Digest(program)[..Size];

    /// <summary>The whole SHA-256 digest that the tag begins, as exclusive maps name their program by it.</summary>
    /// <param name="program">The program as given to BPF_PROG_LOAD.</param>
    /// <returns>32 bytes.</returns>
    public static byte[] Digest(ReadOnlySpan<Instruction> program)
    {
        byte[] bytes = InstructionStream.ToBytes(program);
        BlankMapReferences(program, bytes);
        return SHA256.HashData(bytes);
    }

    /// <summary>
    /// Zeroes both immediates of map loads, which hold descriptors that differ from load to load. Index forms
    /// (<see cref="PseudoLoad.MapIndex"/>) stay, as in the kernel: an index is stable.
    /// </summary>
    private static void BlankMapReferences(ReadOnlySpan<Instruction> program, Span<byte> bytes)
    {
        bool afterMapLoad = false;
        for (int i = 0; i < program.Length; i++)
        {
            Instruction instruction = program[i];
            bool isMapLoad = !afterMapLoad && instruction.IsLoadImmediate64
                && instruction.PseudoLoad is PseudoLoad.MapFd or PseudoLoad.MapValue;
            bool isSecondSlot = afterMapLoad && instruction is { Opcode: 0, Registers: 0, Offset: 0 };
            if (isMapLoad || isSecondSlot)
            {
                bytes.Slice((i * Instruction.Size) + 4, 4).Clear();
            }

            afterMapLoad = isMapLoad;
        }
    }
}
