using System.IO.Compression;
using System.Runtime.InteropServices;
using Holdfast.Cli.Replay.Records;
using Holdfast.Isa.Instructions;

namespace Holdfast.Cli.Replay;

/// <summary>A recorded program's instructions.</summary>
internal static class RecordedCode
{
    /// <summary>The instructions of a record, with each map named by a descriptor of ours.</summary>
    /// <param name="record">The record.</param>
    /// <param name="descriptors">Descriptors by index of the map.</param>
    /// <returns>The instructions.</returns>
    public static Instruction[] Of(RecordedProgram record, ReadOnlySpan<int> descriptors) =>
        Patch(record.CompressedInsns is { } compressed ? Inflate(compressed) : Convert.FromHexString(record.Insns ?? ""), record.MapRefs, descriptors);

    /// <summary>The instructions of a member of a program array.</summary>
    /// <param name="member">The member.</param>
    /// <param name="descriptors">Descriptors by index of the map.</param>
    /// <returns>The instructions.</returns>
    public static Instruction[] Of(RecordedMember member, ReadOnlySpan<int> descriptors) =>
        Patch(Convert.FromHexString(member.Insns ?? ""), member.MapRefs, descriptors);

    private static Instruction[] Patch(byte[] code, int[] slots, ReadOnlySpan<int> descriptors)
    {
        Instruction[] instructions = MemoryMarshal.Cast<byte, Instruction>(code).ToArray();
        foreach (int slot in slots)
            instructions[slot] = instructions[slot] with { Immediate = descriptors[instructions[slot].Immediate] };
        return instructions;
    }

    private static byte[] Inflate(string compressed)
    {
        using MemoryStream source = new(Convert.FromBase64String(compressed));
        using GZipStream content = new(source, CompressionMode.Decompress);
        using MemoryStream code = new();
        content.CopyTo(code);
        return code.ToArray();
    }
}
