namespace Holdfast.Isa.Instructions;

/// <content>Classes LD, LDX, ST and STX.</content>
internal static partial class OpcodeTable
{
    private static readonly (MemorySize Size, int Bits, string Suffix)[] Sizes =
    [
        (MemorySize.Byte, 8, "b"), (MemorySize.Half, 16, "h"), (MemorySize.Word, 32, "w"), (MemorySize.Double, 64, "dw"),
    ];

    private static IEnumerable<InstructionForm> Memory()
    {
        foreach ((MemorySize size, int bits, string suffix) in Sizes)
        {
            bool narrow = bits < 64;
            yield return Load(FormKind.Load, (byte)(0x61 | (byte)size), $"u{bits}", "ldx" + suffix, narrow);
            if (narrow)
            {
                yield return Load(FormKind.LoadSignExtended, (byte)(0x81 | (byte)size), $"s{bits}", "ldxs" + suffix, narrow: false);
            }

            yield return new()
            {
                Opcode = (byte)(0x63 | (byte)size),
                Kind = FormKind.Store,
                Destination = FieldUse.Register,
                Source = FieldUse.Register,
                Offset = FieldUse.MemoryOffset,
                Syntax = $"*(u{bits} *)({{md}}) = {{rs}}",
                Mnemonic = $"stx{suffix} [{{md}}], {{s}}",
                Aliases = narrow ? [$"*(u{bits} *)({{md}}) = {{ws}}"] : [],
                Citation = Rfc + "5.1",
            };
            yield return new()
            {
                Opcode = (byte)(0x62 | (byte)size),
                Kind = FormKind.StoreImmediate,
                Destination = FieldUse.Register,
                Offset = FieldUse.MemoryOffset,
                Immediate = FieldUse.Number,
                Syntax = $"*(u{bits} *)({{md}}) = {{imm}}",
                Mnemonic = $"st{suffix} [{{md}}], {{imm}}",
                Citation = Rfc + "5.1",
            };
        }
    }

    private static InstructionForm Load(FormKind kind, byte opcode, string type, string name, bool narrow) => new()
    {
        Opcode = opcode,
        Kind = kind,
        Destination = FieldUse.Register,
        Source = FieldUse.Register,
        Offset = FieldUse.MemoryOffset,
        Syntax = $"{{rd}} = *({type} *)({{ms}})",
        Mnemonic = name + " {d}, [{ms}]",
        Aliases = narrow ? [$"{{wd}} = *({type} *)({{ms}})"] : [],
        Citation = Rfc + (kind == FormKind.Load ? "5.1" : "5.2"),
    };

    private static IEnumerable<InstructionForm> Packet()
    {
        foreach ((MemorySize size, int bits, string suffix) in Sizes.Where(entry => entry.Size != MemorySize.Double))
        {
            yield return new()
            {
                Opcode = (byte)(0x20 | (byte)size),
                Kind = FormKind.LoadPacketAbsolute,
                Immediate = FieldUse.Number,
                Syntax = $"r0 = *(u{bits} *)skb[{{imm}}]",
                Mnemonic = $"ldabs{suffix} {{imm}}",
                Citation = Rfc + "5.5",
            };
            yield return new()
            {
                Opcode = (byte)(0x40 | (byte)size),
                Kind = FormKind.LoadPacketIndirect,
                Source = FieldUse.Register,
                Immediate = FieldUse.Number,
                Syntax = $"r0 = *(u{bits} *)skb[{{rs}} + {{imm}}]",
                Mnemonic = $"ldind{suffix} {{s}}, {{imm}}",
                Aliases = [$"r0 = *(u{bits} *)skb[{{rs}}]", $"r0 = *(u{bits} *)skb[{{rs}} - {{negimm}}]"],
                Citation = Rfc + "5.5",
            };
        }
    }

    private static IEnumerable<InstructionForm> Constants() =>
    [
        LoadConstant(PseudoLoad.Constant, FieldUse.Number, FieldUse.Number, "{imm64} ll") with { KernelSyntax = "{rd} = {imm64}" },
        LoadConstant(PseudoLoad.MapFd, FieldUse.Reference, FieldRule.Zero, "map[fd:{imm}]"),
        LoadConstant(PseudoLoad.MapValue, FieldUse.Reference, FieldUse.Number, "map[fd:{imm}][0]+{next}"),
        LoadConstant(PseudoLoad.BtfId, FieldUse.Reference, FieldUse.Reference, "btf[id:{imm},fd:{next}]"),
        LoadConstant(PseudoLoad.Function, FieldUse.JumpDistance, FieldUse.Ignored, "subprog[{dist}]"),
        LoadConstant(PseudoLoad.MapIndex, FieldUse.Reference, FieldRule.Zero, "map[idx:{imm}]"),
        LoadConstant(PseudoLoad.MapIndexValue, FieldUse.Reference, FieldUse.Number, "map[idx:{imm}][0]+{next}"),
    ];

    private static InstructionForm LoadConstant(PseudoLoad kind, FieldRule immediate, FieldRule next, string operand) => new()
    {
        Opcode = 0x18,
        Kind = FormKind.LoadImmediate64,
        Destination = FieldUse.Register,
        Source = FieldRule.Only((int)kind),
        Immediate = immediate,
        NextImmediate = next,
        Syntax = "{rd} = " + operand,
        Mnemonic = "lddw {d}, " + operand.Replace(" ll", "", StringComparison.Ordinal),
        Aliases = kind == PseudoLoad.Constant ? [] : ["{rd} = " + operand + " ll", $"ld_pseudo {{rd}}, {(int)kind}, {{imm}}"],
        Citation = Rfc + "5.4",
    };
}
