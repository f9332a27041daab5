using Holdfast.Isa.Abi;

namespace Holdfast.Isa.Instructions;

/// <summary>
/// Builds instructions, as the kernel's <c>BPF_*_INSN</c> macros do: <c>[Insn.Mov64(0, 1), .. Insn.LoadImmediate64(1, x), Insn.Exit()]</c>.
/// Registers are numbers 0–10; nothing is checked beyond the fields' widths. A trailing <c>Imm</c> or <c>Reg</c> tells the second operand.
/// </summary>
public static class Insn
{
    /// <summary>64-bit arithmetic with a constant: <c>dst op= imm</c>.</summary>
    public static Instruction Alu64Imm(AluOperation operation, byte destination, int immediate, short offset = 0) =>
        new((byte)(0x07 | (byte)operation), destination, 0, offset, immediate);

    /// <summary>64-bit arithmetic with a register: <c>dst op= src</c>.</summary>
    public static Instruction Alu64Reg(AluOperation operation, byte destination, byte source, short offset = 0) =>
        new((byte)(0x0f | (byte)operation), destination, source, offset, 0);

    /// <summary>32-bit arithmetic with a constant.</summary>
    public static Instruction Alu32Imm(AluOperation operation, byte destination, int immediate, short offset = 0) =>
        new((byte)(0x04 | (byte)operation), destination, 0, offset, immediate);

    /// <summary>32-bit arithmetic with a register.</summary>
    public static Instruction Alu32Reg(AluOperation operation, byte destination, byte source, short offset = 0) =>
        new((byte)(0x0c | (byte)operation), destination, source, offset, 0);

    /// <summary><c>rD = imm</c>, sign-extended to 64 bits.</summary>
    public static Instruction Mov64Imm(byte destination, int immediate) => Alu64Imm(AluOperation.Mov, destination, immediate);

    /// <summary><c>rD = rS</c></summary>
    public static Instruction Mov64Reg(byte destination, byte source) => Alu64Reg(AluOperation.Mov, destination, source);

    /// <summary><c>wD = imm</c></summary>
    public static Instruction Mov32Imm(byte destination, int immediate) => Alu32Imm(AluOperation.Mov, destination, immediate);

    /// <summary><c>wD = wS</c></summary>
    public static Instruction Mov32Reg(byte destination, byte source) => Alu32Reg(AluOperation.Mov, destination, source);

    /// <summary><c>rD = (sN)rS</c> for <paramref name="bits"/> of 8, 16, 32.</summary>
    public static Instruction MovSx64(byte destination, byte source, short bits) => Alu64Reg(AluOperation.Mov, destination, source, bits);

    /// <summary><c>wD = (sN)wS</c> for <paramref name="bits"/> of 8, 16.</summary>
    public static Instruction MovSx32(byte destination, byte source, short bits) => Alu32Reg(AluOperation.Mov, destination, source, bits);

    /// <summary><c>rD += imm</c></summary>
    public static Instruction Add64Imm(byte destination, int immediate) => Alu64Imm(AluOperation.Add, destination, immediate);

    /// <summary><c>rD += rS</c></summary>
    public static Instruction Add64Reg(byte destination, byte source) => Alu64Reg(AluOperation.Add, destination, source);

    /// <summary><c>rD = -rD</c></summary>
    public static Instruction Neg64(byte destination) => Alu64Imm(AluOperation.Neg, destination, 0);

    /// <summary><c>rD = leN rD</c></summary>
    public static Instruction ToLittleEndian(byte destination, int bits) => new(0xd4, destination, 0, 0, bits);

    /// <summary><c>rD = beN rD</c></summary>
    public static Instruction ToBigEndian(byte destination, int bits) => new(0xdc, destination, 0, 0, bits);

    /// <summary><c>rD = bswapN rD</c></summary>
    public static Instruction ByteSwap(byte destination, int bits) => new(0xd7, destination, 0, 0, bits);

    /// <summary><c>rD = addr_space_cast(rS, dst_as, src_as)</c>; the immediate is <c>dst_as &lt;&lt; 16 | src_as</c>.</summary>
    public static Instruction AddressSpaceCast(byte destination, byte source, int immediate) => new(0xbf, destination, source, 1, immediate);

    /// <summary><c>rD = *(uN *)(rS + offset)</c></summary>
    public static Instruction Load(MemorySize size, byte destination, byte source, short offset) =>
        new((byte)(0x61 | (byte)size), destination, source, offset, 0);

    /// <summary><c>rD = *(sN *)(rS + offset)</c>, for up to 4 bytes.</summary>
    public static Instruction LoadSx(MemorySize size, byte destination, byte source, short offset) =>
        new((byte)(0x81 | (byte)size), destination, source, offset, 0);

    /// <summary><c>*(uN *)(rD + offset) = rS</c></summary>
    public static Instruction Store(MemorySize size, byte destination, short offset, byte source) =>
        new((byte)(0x63 | (byte)size), destination, source, offset, 0);

    /// <summary><c>*(uN *)(rD + offset) = imm</c></summary>
    public static Instruction StoreImm(MemorySize size, byte destination, short offset, int immediate) =>
        new((byte)(0x62 | (byte)size), destination, 0, offset, immediate);

    /// <summary>An atomic operation on <c>*(uN *)(rD + offset)</c> with rS (for <see cref="AtomicOperation.LoadAcquire"/> from rS into rD).</summary>
    public static Instruction Atomic(AtomicOperation operation, MemorySize size, byte destination, short offset, byte source) =>
        new((byte)(0xc3 | (byte)size), destination, source, offset, (int)operation);

    /// <summary><c>r0 = *(uN *)skb[imm]</c> (legacy packet load).</summary>
    public static Instruction LoadAbs(MemorySize size, int immediate) => new((byte)(0x20 | (byte)size), 0, 0, 0, immediate);

    /// <summary><c>r0 = *(uN *)skb[rS + imm]</c> (legacy packet load).</summary>
    public static Instruction LoadInd(MemorySize size, byte source, int immediate) => new((byte)(0x40 | (byte)size), 0, source, 0, immediate);

    /// <summary><c>rD = constant ll</c>, two slots.</summary>
    public static Instruction[] LoadImmediate64(byte destination, ulong value) =>
        LoadPseudo(PseudoLoad.Constant, destination, (int)(uint)value, (int)(uint)(value >> 32));

    /// <summary>Any <c>lddw</c>, two slots: kind, and the immediates of both.</summary>
    public static Instruction[] LoadPseudo(PseudoLoad kind, byte destination, int immediate, int nextImmediate = 0) =>
        [new(0x18, destination, (byte)kind, 0, immediate), new(0, 0, 0, 0, nextImmediate)];

    /// <summary><c>rD = map[fd]</c>, two slots.</summary>
    public static Instruction[] LoadMapFd(byte destination, int descriptor) => LoadPseudo(PseudoLoad.MapFd, destination, descriptor);

    /// <summary><c>rD = map[fd][0] + offset</c>, two slots.</summary>
    public static Instruction[] LoadMapValue(byte destination, int descriptor, int offset) =>
        LoadPseudo(PseudoLoad.MapValue, destination, descriptor, offset);

    /// <summary><c>goto +offset</c></summary>
    public static Instruction Goto(short offset) => new(0x05, 0, 0, offset, 0);

    /// <summary><c>gotol +distance</c></summary>
    public static Instruction GotoLong(int distance) => new(0x06, 0, 0, 0, distance);

    /// <summary><c>may_goto +offset</c></summary>
    public static Instruction MayGoto(short offset) => new(0xe5, 0, 0, offset, 0);

    /// <summary><c>if rD op imm goto +offset</c></summary>
    public static Instruction JumpImm(JumpOperation operation, byte destination, int immediate, short offset) =>
        new((byte)(0x05 | (byte)operation), destination, 0, offset, immediate);

    /// <summary><c>if rD op rS goto +offset</c></summary>
    public static Instruction JumpReg(JumpOperation operation, byte destination, byte source, short offset) =>
        new((byte)(0x0d | (byte)operation), destination, source, offset, 0);

    /// <summary><c>if wD op imm goto +offset</c></summary>
    public static Instruction Jump32Imm(JumpOperation operation, byte destination, int immediate, short offset) =>
        new((byte)(0x06 | (byte)operation), destination, 0, offset, immediate);

    /// <summary><c>if wD op wS goto +offset</c></summary>
    public static Instruction Jump32Reg(JumpOperation operation, byte destination, byte source, short offset) =>
        new((byte)(0x0e | (byte)operation), destination, source, offset, 0);

    /// <summary><c>call helper</c></summary>
    public static Instruction Call(HelperId helper) => new(0x85, 0, (byte)PseudoCall.Helper, 0, (int)helper);

    /// <summary><c>call pc+distance</c></summary>
    public static Instruction CallLocal(int distance) => new(0x85, 0, (byte)PseudoCall.Local, 0, distance);

    /// <summary><c>call kernel-function</c> by BTF id; <paramref name="offset"/> indexes the descriptor array, 0 is vmlinux.</summary>
    public static Instruction CallKfunc(int btfId, short offset = 0) => new(0x85, 0, (byte)PseudoCall.Kfunc, offset, btfId);

    /// <summary><c>exit</c></summary>
    public static Instruction Exit() => new(0x95, 0, 0, 0, 0);
}
