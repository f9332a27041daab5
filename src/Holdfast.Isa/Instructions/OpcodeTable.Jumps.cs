namespace Holdfast.Isa.Instructions;

/// <content>Classes JMP and JMP32.</content>
internal static partial class OpcodeTable
{
    private const byte Jmp64 = 0x05;
    private const byte Jmp32 = 0x06;

    private static IEnumerable<InstructionForm> Jumps() =>
    [
        new()
        {
            Opcode = 0x05,
            Kind = FormKind.Jump,
            Offset = FieldUse.JumpDistance,
            Syntax = "goto {off}",
            Mnemonic = "ja {off}",
            Citation = Rfc + "4.3",
        },
        new()
        {
            Opcode = 0x06,
            Kind = FormKind.Jump,
            Immediate = FieldUse.JumpDistance,
            Syntax = "gotol {dist}",
            Mnemonic = "ja32 {dist}",
            Citation = Rfc + "4.3",
        },
        .. Comparison(JumpOperation.Jeq, "==", "jeq"),
        .. Comparison(JumpOperation.Jgt, ">", "jgt"),
        .. Comparison(JumpOperation.Jge, ">=", "jge"),
        .. Comparison(JumpOperation.Jset, "&", "jset"),
        .. Comparison(JumpOperation.Jne, "!=", "jne"),
        .. Comparison(JumpOperation.Jsgt, "s>", "jsgt"),
        .. Comparison(JumpOperation.Jsge, "s>=", "jsge"),
        .. Comparison(JumpOperation.Jlt, "<", "jlt"),
        .. Comparison(JumpOperation.Jle, "<=", "jle"),
        .. Comparison(JumpOperation.Jslt, "s<", "jslt"),
        .. Comparison(JumpOperation.Jsle, "s<=", "jsle"),
        new()
        {
            Opcode = 0xe5,
            Kind = FormKind.MayGoto,
            Offset = FieldUse.JumpDistance,
            Syntax = "may_goto {off}",
            Mnemonic = "may_goto {off}",
            Citation = "Linux 6.9",
        },
    ];

    private static IEnumerable<InstructionForm> Comparison(JumpOperation operation, string symbol, string name)
    {
        foreach (bool wide in WideAndNarrow)
        {
            byte opcode = (byte)((wide ? Jmp64 : Jmp32) | (byte)operation);
            string register = wide ? "r" : "w";
            string width = wide ? "" : "32";
            yield return new()
            {
                Opcode = opcode,
                Kind = FormKind.ConditionalJump,
                Destination = FieldUse.Register,
                Offset = FieldUse.JumpDistance,
                Immediate = FieldUse.Number,
                Syntax = $"if {{{register}d}} {symbol} {{jimm}} goto {{off}}",
                Mnemonic = $"{name}{width} {{d}}, {{imm}}, {{off}}",
                Citation = Rfc + "4.3",
            };
            yield return new()
            {
                Opcode = (byte)(opcode | FromRegister),
                Kind = FormKind.ConditionalJump,
                Destination = FieldUse.Register,
                Source = FieldUse.Register,
                Offset = FieldUse.JumpDistance,
                Syntax = $"if {{{register}d}} {symbol} {{{register}s}} goto {{off}}",
                Mnemonic = $"{name}{width} {{d}}, {{s}}, {{off}}",
                Citation = Rfc + "4.3",
            };
        }
    }

    private static IEnumerable<InstructionForm> Calls() =>
    [
        new()
        {
            Opcode = 0x85,
            Kind = FormKind.CallHelper,
            Immediate = FieldUse.Reference,
            Syntax = "call {helper}",
            Mnemonic = "call helper {imm}",
            Aliases = ["call helper {helper}"],
            Citation = Rfc + "4.3.1",
        },
        new()
        {
            Opcode = 0x85,
            Kind = FormKind.CallLocal,
            Source = FieldRule.Only((int)PseudoCall.Local),
            Immediate = FieldUse.JumpDistance,
            Syntax = "call {pcdist}",
            Mnemonic = "call local {dist}",
            Citation = Rfc + "4.3.2",
        },
        Kfunc(FieldRule.Zero, ""),
        Kfunc(FieldUse.Reference, ":{field}"),
        new()
        {
            Opcode = 0x8d,
            Kind = FormKind.CallRegister,
            Destination = FieldUse.Register,
            Syntax = "callx {rd}",
            Mnemonic = "callx {d}",
            Aliases = ["call {d}", "call helper {d}"],
            Citation = "LLVM (not in RFC 9669, refused by Linux)",
        },
        new()
        {
            Opcode = 0x95,
            Kind = FormKind.Exit,
            Offset = FieldUse.Ignored,
            Syntax = "exit",
            Mnemonic = "exit",
            Citation = Rfc + "4.3",
        },
    ];

    private static InstructionForm Kfunc(FieldRule descriptorIndex, string suffix) => new()
    {
        Opcode = 0x85,
        Kind = FormKind.CallKfunc,
        Source = FieldRule.Only((int)PseudoCall.Kfunc),
        Offset = descriptorIndex,
        Immediate = FieldUse.Reference,
        Syntax = "call kfunc#{imm}" + suffix,
        Mnemonic = "call runtime {imm}" + suffix,
        Aliases = ["call kernel-function#{imm}" + suffix],
        Citation = Rfc + "4.3.1",
    };
}
