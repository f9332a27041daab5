using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;
using Holdfast.Verifier.Prototypes;

namespace Holdfast.Verifier.Tests.Prototypes;

/// <summary>
/// Writes programs that call one helper with arguments that its prototype wants, save one. r6 is the context; r7 a task or a
/// socket where the type has one; r8 the packet where there is one.
/// </summary>
internal sealed class HelperCall(ProgramTypeDefinition definition, AttachType attachType, HelperPrototype prototype, ProbeMaps maps)
{
    private const int MemoryOffset = -64;

    /// <summary>What can't be made here: an argument of this index and all behind it stay unproven.</summary>
    public int Reach { get; } = FirstUnmakable(definition, prototype);

    /// <summary>Whether the program type has a packet that its programs may read.</summary>
    public bool HasPacket { get; } = definition.Context!.Name is "__sk_buff" or "xdp_md" && definition.PacketAccess != PacketAccess.None;

    public ProgramType Type => definition.Type;

    public AttachType AttachType => attachType;

    /// <summary>The call with argument <paramref name="index"/> replaced.</summary>
    public (int Result, string Log) Ask(int index = -1, Probe probe = Probe.Right, uint logLevel = 1, params Instruction[] after)
    {
        List<Instruction> program = [Insn.Mov64Reg(6, 1)];
        ZeroStack(program);
        LoadObjects(program);
        for (int i = 0; i < 5; i++)
        {
            byte register = (byte)(i + 1);
            if (i == index)
            {
                program.AddRange(Wrong(register, probe));
            }
            else if (probe == Probe.Null && i == index + 1 && i < prototype.Arguments.Length
                && prototype.Arguments[i].Type is ArgumentType.ConstSize or ArgumentType.ConstSizeOrZero)
            {
                program.AddRange(Wrong(register, probe));
            }
            else if (i < prototype.Arguments.Length && i < Reach)
            {
                program.AddRange(Right(register, prototype.Arguments[i]));
            }
            else
            {
                program.Add(Insn.Mov64Imm(register, 0));
            }
        }

        program.Add(Insn.Call(prototype.Id));
        program.AddRange(after);
        program.AddRange([Insn.Mov64Imm(0, 1), Insn.Exit()]);
        return KernelOracle.Load(program.ToArray(), definition.Type, attachType, logLevel);
    }

    private static int FirstUnmakable(ProgramTypeDefinition definition, HelperPrototype prototype)
    {
        int index = prototype.Arguments.ToList().FindIndex(argument => argument.Type switch
        {
            ArgumentType.PointerToBtfId => argument.BtfType != "task_struct" && !argument.Flags.HasFlag(ArgumentFlags.MaybeNull),
            ArgumentType.PointerToSockCommon or ArgumentType.PointerToBtfIdSockCommon => SocketOffset(definition) < 0 || argument.Flags != ArgumentFlags.None,
            ArgumentType.PointerToPerCpuBtfId or ArgumentType.PointerToRingBufMemory or ArgumentType.PointerToFunction
                or ArgumentType.PointerToTimer or ArgumentType.PointerToSpinLock or ArgumentType.PointerToDynptr
                or ArgumentType.KptrExchangeDestination or ArgumentType.PointerToSocket => true,
            ArgumentType.ConstMapPointer => IsStorage(prototype.Id),
            _ => false,
        });
        return index < 0 ? prototype.Arguments.Length : index;
    }

    /// <summary>Local storage wants maps with BTF.</summary>
    private static bool IsStorage(HelperId helper) => helper is HelperId.SkStorageGet or HelperId.SkStorageDelete or HelperId.TaskStorageGet
        or HelperId.TaskStorageDelete or HelperId.InodeStorageGet or HelperId.InodeStorageDelete or HelperId.CgrpStorageGet or HelperId.CgrpStorageDelete;

    private static short SocketOffset(ProgramTypeDefinition definition) => definition.Context!.Name switch
    {
        "__sk_buff" when definition.Type == ProgramType.FlowDissector => -1,
        "__sk_buff" => 168,
        "bpf_sock_ops" => 184,
        "bpf_sock_addr" => 64,
        "sk_msg_md" => 72,
        "bpf_sockopt" => 0,
        "bpf_sk_lookup" => 0,
        "sk_reuseport_md" => 40,
        _ => -1,
    };

    private static void ZeroStack(List<Instruction> program)
    {
        for (short offset = MemoryOffset; offset < 0; offset += 8)
        {
            program.Add(Insn.StoreImm(MemorySize.Double, 10, offset, 0));
        }
    }

    private void LoadObjects(List<Instruction> program)
    {
        if (prototype.Arguments.Any(argument => argument is { Type: ArgumentType.PointerToBtfId, BtfType: "task_struct" }))
        {
            program.AddRange([Insn.Call(HelperId.GetCurrentTaskBtf), Insn.Mov64Reg(7, 0)]);
        }
        else if (prototype.Arguments.Any(argument => argument.Type is ArgumentType.PointerToSockCommon or ArgumentType.PointerToBtfIdSockCommon)
            && SocketOffset(definition) is >= 0 and short offset)
        {
            program.AddRange([Insn.Load(MemorySize.Double, 7, 6, offset), .. ExitUnless(JumpOperation.Jne, 7, 0)]);
        }

        if (HasPacket)
        {
            short start = (short)(definition.Context!.Name == "xdp_md" ? 0 : 76);
            program.AddRange(
            [
                Insn.Load(MemorySize.Word, 8, 6, start), Insn.Load(MemorySize.Word, 3, 6, (short)(start + 4)), Insn.Mov64Reg(2, 8), Insn.Add64Imm(2, 64),
                Insn.JumpReg(JumpOperation.Jle, 2, 3, 2), Insn.Mov64Imm(0, 1), Insn.Exit(),
            ]);
        }
    }

    private static Instruction[] ExitUnless(JumpOperation operation, byte register, int immediate) =>
        [Insn.JumpImm(operation, register, immediate, 2), Insn.Mov64Imm(0, 1), Insn.Exit()];

    private Instruction[] Right(byte register, HelperArgument argument) => argument.Type switch
    {
        ArgumentType.PointerToContext => [Insn.Mov64Reg(register, 6)],
        ArgumentType.ConstMapPointer => Insn.LoadMapFd(register, maps.For(prototype.Id)),
        ArgumentType.ConstSize or ArgumentType.ConstSizeOrZero or ArgumentType.ConstAllocSizeOrZero => [Insn.Mov64Imm(register, 8)],
        ArgumentType.PointerToConstString => Insn.LoadMapValue(register, maps.ConstantString, 0),
        ArgumentType.PointerToBtfId when argument.BtfType != "task_struct" => [Insn.Mov64Imm(register, 0)],
        ArgumentType.PointerToBtfId or ArgumentType.PointerToSockCommon or ArgumentType.PointerToBtfIdSockCommon => [Insn.Mov64Reg(register, 7)],
        ArgumentType.Anything => [Insn.Mov64Imm(register, 0)],
        _ => [Insn.Mov64Reg(register, 10), Insn.Add64Imm(register, MemoryOffset)],
    };

    private Instruction[] Wrong(byte register, Probe probe) => probe switch
    {
        Probe.Number => [Insn.Mov64Imm(register, 1234)],
        Probe.Zero or Probe.Null => [Insn.Mov64Imm(register, 0)],
        Probe.Stack => [Insn.Mov64Reg(register, 10), Insn.Add64Imm(register, MemoryOffset)],
        Probe.MisalignedStack => [Insn.Mov64Reg(register, 10), Insn.Add64Imm(register, MemoryOffset + 1)],
        Probe.ReadOnlyMapValue => Insn.LoadMapValue(register, maps.ReadOnly, 0),
        Probe.Packet => [Insn.Mov64Reg(register, 8)],
        _ => throw new ArgumentOutOfRangeException(nameof(probe)),
    };
}
