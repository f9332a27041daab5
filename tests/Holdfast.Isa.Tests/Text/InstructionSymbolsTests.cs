using Holdfast.Isa.Instructions;
using Holdfast.Isa.Text;

namespace Holdfast.Isa.Tests;

public sealed class InstructionSymbolsTests
{
    private static readonly Instruction[] Program =
    [
        .. Insn.LoadMapValue(1, 3, 4), .. Insn.LoadImmediate64(2, 5), Insn.CallKfunc(77, 2), Insn.CallKfunc(78),
    ];

    [Theory]
    [InlineData(DisassemblyStyle.Default, "r1 = map[id:9][0]+4\nr2 = 0x5 ll\ncall bpf_thing#77\ncall kfunc#78\n")]
    [InlineData(DisassemblyStyle.KernelLog, "(18) r1 = map[id:9][0]+4\n(18) r2 = 0x5\n(85) call bpf_thing#77\n(85) call kfunc#78\n")]
    [InlineData(DisassemblyStyle.Mnemonic, "lddw %r1, map[id:9][0]+4\nlddw %r2, 0x5\ncall bpf_thing#77\ncall runtime 78\n")]
    public void NamesReplaceNumbersWhereThereAreNames(DisassemblyStyle style, string expected) =>
        Assert.Equal(expected, Disassembler.Listing(Program, style, new Names()));

    private sealed class Names : InstructionSymbols
    {
        public override string? Kfunc(int btfId, int descriptorIndex) => (btfId, descriptorIndex) == (77, 2) ? "bpf_thing" : null;

        public override string? Constant(PseudoLoad kind, int immediate, int nextImmediate) =>
            kind == PseudoLoad.MapValue ? $"map[id:{immediate * 3}][0]+{nextImmediate}" : null;
    }
}
