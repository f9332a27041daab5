namespace Holdfast.Isa.Text;

/// <summary>How instructions are written; the assembler reads all of them back.</summary>
public enum DisassemblyStyle
{
    /// <summary>As LLVM: <c>r0 = *(u32 *)(r1 + 4)</c>, <c>if r1 &gt; 5 goto +3</c>.</summary>
    Default,

    /// <summary>As the kernel's verifier log and bpftool: <c>(61) r0 = *(u32 *)(r1 +4)</c>, <c>(25) if r1 &gt; 0x5 goto pc+3</c>.</summary>
    KernelLog,

    /// <summary>Mnemonics, as uBPF: <c>ldxw %r0, [%r1+4]</c>, <c>jgt %r1, 5, +3</c>.</summary>
    Mnemonic,
}
