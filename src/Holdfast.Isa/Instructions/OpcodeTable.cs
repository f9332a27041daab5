using System.Collections.Immutable;

namespace Holdfast.Isa.Instructions;

/// <summary>
/// The rows, written as rules: one line an operation, expanded over widths, sizes and operand kinds. In a syntax, braces hold operands:
/// <c>rd rs wd ws</c> 64- and 32-bit registers, <c>d s</c> registers as mnemonics write them, <c>imm jimm imm64 next field</c> numbers,
/// <c>md ms</c> register plus offset, <c>off dist</c> jump targets by offset field and immediate, <c>helper</c> a helper.
/// </summary>
internal static partial class OpcodeTable
{
    private const string Rfc = "RFC 9669 §";

    /// <summary>All rows. Where the same text could be two forms, the first wins in the assembler.</summary>
    public static ImmutableArray<InstructionForm> Build() =>
        [.. Arithmetic(), .. Moves(), .. ByteSwaps(), .. Jumps(), .. Calls(), .. Memory(), .. Atomics(), .. Packet(), .. Constants()];
}
