namespace Holdfast.Isa.Instructions;

/// <content>Classes ALU and ALU64.</content>
internal static partial class OpcodeTable
{
    private const byte Alu32 = 0x04;
    private const byte Alu64 = 0x07;
    private const byte FromRegister = 0x08;
    private static readonly bool[] WideAndNarrow = [true, false];
    private static readonly int[] SwapWidths = [16, 32, 64];

    private static IEnumerable<InstructionForm> Arithmetic() =>
    [
        .. Binary(AluOperation.Add, "+=", "add"),
        .. Binary(AluOperation.Sub, "-=", "sub"),
        .. Binary(AluOperation.Mul, "*=", "mul"),
        .. Binary(AluOperation.Div, "/=", "div"),
        .. Binary(AluOperation.Div, "s/=", "sdiv", signed: true),
        .. Binary(AluOperation.Or, "|=", "or"),
        .. Binary(AluOperation.And, "&=", "and"),
        .. Binary(AluOperation.Lsh, "<<=", "lsh"),
        .. Binary(AluOperation.Rsh, ">>=", "rsh"),
        .. Binary(AluOperation.Mod, "%=", "mod"),
        .. Binary(AluOperation.Mod, "s%=", "smod", signed: true),
        .. Binary(AluOperation.Xor, "^=", "xor"),
        .. Binary(AluOperation.Arsh, "s>>=", "arsh"),
        Negation(Alu64, "r", "neg", "neg64"),
        Negation(Alu32, "w", "neg32"),
    ];

    private static IEnumerable<InstructionForm> Binary(AluOperation operation, string symbol, string name, bool signed = false)
    {
        FormKind kind = signed ? FormKind.SignedDivision : FormKind.Arithmetic;
        return TwoOperands(kind, operation, symbol, name, signed ? 1 : 0, Rfc + "4.1");
    }

    private static IEnumerable<InstructionForm> TwoOperands(
        FormKind kind, AluOperation operation, string symbol, string name, int offset, string citation)
    {
        foreach (bool wide in WideAndNarrow)
        {
            byte opcode = (byte)((wide ? Alu64 : Alu32) | (byte)operation);
            string register = wide ? "r" : "w";
            string width = wide ? "" : "32";
            yield return new()
            {
                Opcode = opcode,
                Kind = kind,
                Destination = FieldUse.Register,
                Offset = FieldRule.Only(offset),
                Immediate = FieldUse.Number,
                Syntax = $"{{{register}d}} {symbol} {{imm}}",
                Mnemonic = $"{name}{width} {{d}}, {{imm}}",
                Aliases = wide ? [$"{name}64 {{d}}, {{imm}}"] : [],
                Citation = citation,
            };
            yield return new()
            {
                Opcode = (byte)(opcode | FromRegister),
                Kind = kind,
                Destination = FieldUse.Register,
                Source = FieldUse.Register,
                Offset = FieldRule.Only(offset),
                Syntax = $"{{{register}d}} {symbol} {{{register}s}}",
                Mnemonic = $"{name}{width} {{d}}, {{s}}",
                Aliases = wide ? [$"{name}64 {{d}}, {{s}}"] : [],
                Citation = citation,
            };
        }
    }

    private static InstructionForm Negation(byte width, string register, string name, params string[] aliases) => new()
    {
        Opcode = (byte)(width | (byte)AluOperation.Neg),
        Kind = FormKind.Negate,
        Destination = FieldUse.Register,
        Syntax = $"{{{register}d}} = -{{{register}d}}",
        Mnemonic = name + " {d}",
        Aliases = [.. aliases.Select(alias => alias + " {d}")],
        Citation = Rfc + "4.1",
    };

    private static IEnumerable<InstructionForm> Moves() =>
    [
        .. TwoOperands(FormKind.Move, AluOperation.Mov, "=", "mov", 0, Rfc + "4.1"),
        SignExtension(Alu64, "r", 8, 64),
        SignExtension(Alu64, "r", 16, 64),
        SignExtension(Alu64, "r", 32, 64),
        SignExtension(Alu32, "w", 8, 32),
        SignExtension(Alu32, "w", 16, 32),
        AddressSpaceCast(1, "0, 1"),
        AddressSpaceCast(1 << 16, "1, 0"),
    ];

    private static InstructionForm SignExtension(byte width, string register, int from, int to) => new()
    {
        Opcode = (byte)(width | FromRegister | (byte)AluOperation.Mov),
        Kind = FormKind.MoveSignExtended,
        Destination = FieldUse.Register,
        Source = FieldUse.Register,
        Offset = FieldRule.Only(from),
        Syntax = $"{{{register}d}} = (s{from}){{{register}s}}",
        Mnemonic = $"movsx{from}{to} {{d}}, {{s}}",
        Citation = Rfc + "4.1",
    };

    private static InstructionForm AddressSpaceCast(int immediate, string spaces) => new()
    {
        Opcode = Alu64 | FromRegister | (byte)AluOperation.Mov,
        Kind = FormKind.AddressSpaceCast,
        Destination = FieldUse.Register,
        Source = FieldUse.Register,
        Offset = FieldRule.Only(1),
        Immediate = FieldRule.Only(immediate),
        Syntax = $"{{rd}} = addr_space_cast({{rs}}, {spaces})",
        Mnemonic = $"addr_space_cast {{d}}, {{s}}, {spaces}",
        Citation = "Linux 6.9",
    };

    private static IEnumerable<InstructionForm> ByteSwaps()
    {
        foreach (int bits in SwapWidths)
        {
            yield return ByteSwap(Alu32 | (byte)AluOperation.End, "le", bits);
            yield return ByteSwap(Alu32 | FromRegister | (byte)AluOperation.End, "be", bits);
            yield return ByteSwap(Alu64 | (byte)AluOperation.End, "bswap", bits, $"swap{bits} {{d}}");
        }
    }

    private static InstructionForm ByteSwap(byte opcode, string name, int bits, params string[] aliases) => new()
    {
        Opcode = opcode,
        Kind = FormKind.ByteSwap,
        Destination = FieldUse.Register,
        Immediate = FieldRule.Only(bits),
        Syntax = $"{{rd}} = {name}{bits} {{rd}}",
        Mnemonic = $"{name}{bits} {{d}}",
        Aliases = aliases,
        Citation = Rfc + "4.2",
    };
}
