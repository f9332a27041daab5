using System.Buffers.Binary;
using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;
using Holdfast.Verifier.Domains;
using Holdfast.Verifier.Prototypes;

namespace Holdfast.Verifier.Analysis;

/// <content>Loads and stores (<c>check_mem_access</c>).</content>
internal sealed partial class Analyzer
{
    private void CheckLoad(Instruction instruction)
    {
        RegisterState pointer = Register(instruction.Source);
        bool signed = instruction.MemoryMode == MemoryMode.MemSx;
        CheckAccess(instruction.Source, instruction.Offset, instruction.AccessBytes, write: false, instruction.Destination, signed);
        NotePointer(pointer, instruction);
    }

    private void CheckStore(Instruction instruction)
    {
        RegisterState pointer = Register(instruction.Destination);
        int value = instruction.Class == InstructionClass.Stx ? instruction.Source : -1;
        CheckAccess(instruction.Destination, instruction.Offset, instruction.AccessBytes, write: true, value, false);
        NotePointer(pointer, instruction);
    }

    /// <summary>
    /// One instruction can't be lowered for two kinds of pointers where the lowering depends on the kind (<c>save_aux_ptr_type</c>).
    /// </summary>
    private void NotePointer(in RegisterState pointer, Instruction instruction)
    {
        _ = instruction;
        ref InstructionNotes notes = ref _notes[_index];
        bool exclusive = pointer.Type is RegisterType.Context or RegisterType.Socket or RegisterType.SockCommon
            or RegisterType.TcpSock or RegisterType.XdpSock or RegisterType.Arena || (pointer.Type == RegisterType.BtfObject && pointer.Flags != TypeFlags.Trusted);
        if (!notes.HasPointer)
        {
            notes.HasPointer = true;
            notes.Pointer = pointer.Type;
            notes.PointerIsExclusive = exclusive;
        }
        else if (notes.Pointer != pointer.Type && (exclusive || notes.PointerIsExclusive))
        {
            Reject(Errno.EINVAL, $"same insn cannot be used with different pointers");
        }
    }

    private void CheckAtomic(Instruction instruction)
    {
        int size = instruction.AccessBytes;
        AtomicOperation operation = instruction.AtomicOperation;
        if (operation == AtomicOperation.LoadAcquire)
        {
            CheckRead(instruction.Source);
            CheckAtomicPlace(instruction.Source, instruction.Offset, "loads from");
            CheckDestination(instruction.Destination);
            CheckLoad(instruction);
            return;
        }

        CheckRead(instruction.Source);
        CheckRead(instruction.Destination);
        if (operation == AtomicOperation.StoreRelease)
        {
            CheckAtomicPlace(instruction.Destination, instruction.Offset, "stores into");
            CheckStore(instruction);
            return;
        }

        if (operation == AtomicOperation.CmpXchg)
        {
            CheckRead(0);
            CheckNoLeak(0, "leaks addr into mem");
        }

        CheckNoLeak(instruction.Source, "leaks addr into mem");
        CheckAtomicPlace(instruction.Destination, instruction.Offset, "stores into");
        RegisterState pointer = Register(instruction.Destination);
        int fetched = (instruction.Immediate & 1) == 0 ? -1 : operation == AtomicOperation.CmpXchg ? 0 : instruction.Source;
        if (fetched == 10)
        {
            CheckDestination(10);
        }

        // Read, then write; what was there comes back as an unknown number.
        CheckAccess(instruction.Destination, instruction.Offset, size, write: false, fetched >= 0 ? fetched : DiscardedValue, false);
        RegisterState loaded = fetched >= 0 ? Register(fetched) : default;
        CheckAccess(instruction.Destination, instruction.Offset, size, write: true, -1, false, isAtomic: true);
        if (fetched >= 0)
        {
            Register(fetched) = loaded;
        }

        NotePointer(pointer, instruction);
    }

    private void CheckAtomicPlace(int register, int offset, string what)
    {
        _ = offset;
        RegisterState pointer = Register(register);
        bool refused = pointer.Type is RegisterType.Context or RegisterType.FlowKeys or RegisterType.Socket
            or RegisterType.SockCommon or RegisterType.TcpSock or RegisterType.XdpSock
            || (pointer.IsPacket && !(pointer.IsPacket && _request.Type.PacketAccess == PacketAccess.Unrestricted) && pointer.IsPacket);
        if (refused)
        {
            Reject(Errno.EACCES, $"BPF_ATOMIC {what} R{register} {pointer.TypeName} is not allowed");
        }
    }

    private const int DiscardedValue = -2;

    /// <summary>Checks an access and, for a load, says what is loaded.</summary>
    /// <param name="register">Register with the pointer.</param>
    /// <param name="offset">Offset in the instruction.</param>
    /// <param name="size">Bytes.</param>
    /// <param name="write">Whether it is a store.</param>
    /// <param name="value">Register stored or loaded; -1 a stored constant, -2 a load whose value nobody gets.</param>
    /// <param name="signed">Whether a load extends the sign.</param>
    /// <param name="isAtomic">Whether a store is the second half of an atomic operation.</param>
    private void CheckAccess(int register, int offset, int size, bool write, int value, bool signed, bool isAtomic = false)
    {
        RegisterState pointer = Register(register);
        CheckAlignment(pointer, offset, size);
        long at = (long)offset + pointer.Offset;
        ref InstructionNotes notes = ref _notes[_index];
        RegisterState loaded = RegisterState.Unknown;
        bool narrow = true;
        switch (pointer.Type)
        {
            case RegisterType.MapKey when !pointer.MaybeNull:
                if (write)
                {
                    Reject(Errno.EACCES, $"write to change key R{register} not allowed");
                }

                CheckRegion(pointer, register, offset, size, pointer.Map!.KeySize, zeroSizeAllowed: false);
                notes.Touch(MemoryRegion.Memory);
                break;
            case RegisterType.MapValue when !pointer.MaybeNull:
                notes.Touch(MemoryRegion.MapValue);
                loaded = CheckMapValue(pointer, register, offset, size, write, value, ref narrow, signed);
                break;
            case RegisterType.Memory when !pointer.MaybeNull:
                loaded = CheckPlainMemory(pointer, register, offset, size, write, value);
                notes.Touch((pointer.Flags & TypeFlags.Untrusted) != 0 ? MemoryRegion.Probed : MemoryRegion.Memory);
                break;
            case RegisterType.Context:
                notes.Touch(MemoryRegion.Context);
                loaded = CheckContext(pointer, register, offset, size, write, value, signed);
                narrow = loaded.IsScalar;
                break;
            case RegisterType.Stack:
                notes.Touch(MemoryRegion.Stack);
                CheckStackAccess(pointer, register, offset, size, write, value, signed, isAtomic);
                return;
            case RegisterType.Packet or RegisterType.PacketMeta:
                notes.Touch(MemoryRegion.Packet);
                CheckPacketAccess(pointer, register, offset, size, write, value);
                break;
            case RegisterType.FlowKeys:
                CheckStoredValue(write, value, "flow keys");
                if (at < 0 || at + size > FlowKeysSize)
                {
                    Reject(Errno.EACCES, $"invalid access to flow keys off={at} size={size}");
                }

                notes.Touch(MemoryRegion.Memory);
                break;
            case RegisterType.Socket or RegisterType.SockCommon or RegisterType.TcpSock or RegisterType.XdpSock when !pointer.MaybeNull:
                if (write)
                {
                    Reject(Errno.EACCES, $"R{register} cannot write into {pointer.TypeName}");
                }

                loaded = CheckSocket(pointer, register, at, size);
                narrow = loaded.IsScalar;
                break;
            case RegisterType.BtfObject when !pointer.MaybeNull:
                notes.Touch(MemoryRegion.Probed);
                loaded = CheckTypedObject(pointer, register, at, size, write, value);
                narrow = loaded.IsScalar;
                break;
            case RegisterType.Buffer when !pointer.MaybeNull:
                CheckBuffer(pointer, register, offset, size, write);
                notes.Touch(MemoryRegion.Memory);
                break;
            case RegisterType.TracepointBuffer:
                CheckTracepointBuffer(pointer, register, offset, size);
                notes.Touch(MemoryRegion.Memory);
                break;
            case RegisterType.Arena:
                notes.Touch(MemoryRegion.Arena);
                break;
            default:
                Reject(Errno.EACCES, $"R{register} invalid mem access '{pointer.TypeName}'");
                break;
        }

        if (write || value < 0)
        {
            return;
        }

        if (narrow && size < 8 && loaded.IsScalar)
        {
            loaded = Narrowed(loaded, size, signed);
        }

        Register(value) = loaded;
    }

    private const int FlowKeysSize = 56;

    private static RegisterState Narrowed(RegisterState loaded, int size, bool signed)
    {
        loaded.Range = loaded.Range.Truncate(size);
        if (signed)
        {
            loaded.Range = loaded.Range.SignExtend(size);
        }

        loaded.Id = 0;
        loaded.IsLinkedPlusConstant = false;
        return loaded;
    }

    private void CheckStoredValue(bool write, int value, string where)
    {
        if (write && value >= 0 && !Privileged && !Register(value).IsScalar)
        {
            Reject(Errno.EACCES, $"R{value} leaks addr into {where}");
        }
    }

    /// <summary>Alignment of an access: strict for stack and context, and for all if the program asks (<c>check_ptr_alignment</c>).</summary>
    private void CheckAlignment(in RegisterState pointer, int offset, int size)
    {
        bool strict = StrictAlignment;
        string name = "";
        switch (pointer.Type)
        {
            case RegisterType.Packet or RegisterType.PacketMeta:
                CheckPacketAlignment(pointer, offset, size, strict);
                return;
            case RegisterType.FlowKeys:
                name = "flow keys ";
                break;
            case RegisterType.MapKey:
                name = "key ";
                break;
            case RegisterType.MapValue:
                name = "value ";
                break;
            case RegisterType.Context:
                name = "context ";
                break;
            case RegisterType.Stack:
                name = "stack ";
                strict = true;
                break;
            case RegisterType.Socket:
                name = "sock ";
                break;
            case RegisterType.SockCommon:
                name = "sock_common ";
                break;
            case RegisterType.TcpSock:
                name = "tcp_sock ";
                break;
            case RegisterType.XdpSock:
                name = "xdp_sock ";
                break;
            case RegisterType.Arena:
                return;
            default:
                break;
        }

        if (strict && size > 1 && !pointer.Range.Bits.Add(Tnum.Const((ulong)((long)pointer.Offset + offset))).IsAligned((ulong)size))
        {
            Reject(Errno.EACCES, $"misaligned {name}access off {pointer.Range.Bits}+{pointer.Offset}+{offset} size {size}");
        }
    }

    private static void CheckPacketAlignment(in RegisterState pointer, int offset, int size, bool strict)
    {
        // Ethernet headers leave what follows 2 bytes off (NET_IP_ALIGN).
        const int Shift = 2;
        if (strict && size > 1 && !pointer.Range.Bits.Add(Tnum.Const((ulong)((long)Shift + pointer.Offset + offset))).IsAligned((ulong)size))
        {
            Reject(Errno.EACCES, $"misaligned packet access off {Shift}+{pointer.Range.Bits}+{pointer.Offset}+{offset} size {size}");
        }
    }

    /// <summary>Bounds of an access with the constant part of an offset only (<c>__check_mem_access</c>).</summary>
    private static void CheckWithin(in RegisterState pointer, int register, long offset, long size, long memorySize, bool zeroSizeAllowed, string cause)
    {
        bool sizeIsFine = size > 0 || (size == 0 && zeroSizeAllowed);
        if (offset >= 0 && sizeIsFine && offset + size <= memorySize)
        {
            return;
        }

        string message = pointer.Type switch
        {
            RegisterType.MapKey => FormattableString.Invariant($"invalid access to map key, key_size={memorySize} off={offset} size={size}"),
            RegisterType.MapValue => FormattableString.Invariant($"invalid access to map value, value_size={memorySize} off={offset} size={size}"),
            RegisterType.Packet or RegisterType.PacketMeta or RegisterType.PacketEnd =>
                FormattableString.Invariant($"invalid access to packet, off={offset} size={size}, R{register}(id={pointer.Id},off={offset},r={memorySize})"),
            _ => FormattableString.Invariant($"invalid access to memory, mem_size={memorySize} off={offset} size={size}"),
        };
        throw new Rejection(Errno.EACCES, FormattableString.Invariant($"{message}\nR{register} {cause}"));
    }

    /// <summary>Bounds of an access whose offset varies (<c>check_mem_region_access</c>): both ends of its range must lie inside.</summary>
    private static void CheckRegion(in RegisterState pointer, int register, int offset, long size, long memorySize, bool zeroSizeAllowed)
    {
        long least = pointer.Range.SignedMin;
        if (least < 0 && (least == long.MinValue || pointer.Offset + least != (int)(pointer.Offset + least) || pointer.Offset + least + offset < 0))
        {
            Reject(Errno.EACCES, $"R{register} min value is negative, either use unsigned index or do a if (index >=0) check.");
        }

        CheckWithin(pointer, register, least + offset + pointer.Offset, size, memorySize, zeroSizeAllowed,
            "min value is outside of the allowed memory range");
        if (pointer.Range.UnsignedMax >= MaximumOffset)
        {
            Reject(Errno.EACCES, $"R{register} unbounded memory access, make sure to bounds check any such access");
        }

        CheckWithin(pointer, register, (long)pointer.Range.UnsignedMax + offset + pointer.Offset, size, memorySize, zeroSizeAllowed,
            "max value is outside of the allowed memory range");
    }

    private RegisterState CheckMapValue(in RegisterState pointer, int register, int offset, int size, bool write, int value, ref bool narrow, bool signed)
    {
        CheckStoredValue(write, value, "map");
        MapDescription map = pointer.Map!;
        CheckMapPermission(pointer, offset, size, write);
        CheckRegion(pointer, register, offset, size, map.ValueSize, zeroSizeAllowed: false);
        long at = (long)offset + pointer.Offset;
        foreach (SpecialField field in Special.Of(map))
        {
            long first = at + pointer.Range.SignedMin;
            long last = at + (long)pointer.Range.UnsignedMax + size;
            if (first < field.Offset + field.Size && field.Offset < last)
            {
                if (field.Kind.IsKptr())
                {
                    return CheckKptrAccess(pointer, field, at, size, write, value);
                }

                Reject(Errno.EACCES, $"{field.Name} cannot be accessed directly by load/store");
            }
        }

        if (!write && pointer.Range.IsConst && map.Constants is { } constants)
        {
            // Frozen and read-only for programs: the bytes are constants. A narrow read of the map is exact.
            long start = at + (long)pointer.Range.ConstValue;
            ReadOnlySpan<byte> bytes = constants.Span;
            if (start >= 0 && start + size <= bytes.Length)
            {
                narrow = false;
                return RegisterState.Constant(ReadConstant(bytes[(int)start..], size, signed));
            }
        }

        return RegisterState.Unknown;
    }

    private static ulong ReadConstant(ReadOnlySpan<byte> bytes, int size, bool signed) => (size, signed) switch
    {
        (1, false) => bytes[0],
        (1, true) => (ulong)(sbyte)bytes[0],
        (2, false) => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
        (2, true) => (ulong)BinaryPrimitives.ReadInt16LittleEndian(bytes),
        (4, false) => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        (4, true) => (ulong)BinaryPrimitives.ReadInt32LittleEndian(bytes),
        _ => BinaryPrimitives.ReadUInt64LittleEndian(bytes),
    };

    private static void CheckMapPermission(in RegisterState pointer, int offset, int size, bool write)
    {
        MapDescription map = pointer.Map!;
        if (write && (map.Flags & MapFlags.ReadOnlyProgram) != 0)
        {
            Reject(Errno.EACCES, $"write into map forbidden, value_size={map.ValueSize} off={pointer.Offset + offset} size={size}");
        }

        if (!write && (map.Flags & MapFlags.WriteOnlyProgram) != 0)
        {
            Reject(Errno.EACCES, $"read from map forbidden, value_size={map.ValueSize} off={pointer.Offset + offset} size={size}");
        }
    }

    private RegisterState CheckPlainMemory(in RegisterState pointer, int register, int offset, int size, bool write, int value)
    {
        if ((pointer.Flags & TypeFlags.ReadOnly) != 0 && write)
        {
            Reject(Errno.EACCES, $"R{register} cannot write into {pointer.TypeName}");
        }

        CheckStoredValue(write, value, "mem");

        // Untrusted read-only memory is read with faults caught, so nothing needs to be in bounds.
        if (!((pointer.Flags & TypeFlags.Untrusted) != 0 && (pointer.Flags & TypeFlags.ReadOnly) != 0))
        {
            CheckRegion(pointer, register, offset, size, pointer.Extent, zeroSizeAllowed: false);
        }

        return RegisterState.Unknown;
    }

    private void CheckPacketAccess(in RegisterState pointer, int register, int offset, int size, bool write, int value)
    {
        if (write && _request.Type.PacketAccess < PacketAccess.ReadWrite)
        {
            Reject(Errno.EACCES, $"cannot write into packet");
        }

        CheckStoredValue(write, value, "packet");
        CheckPacket(pointer, register, offset, size, zeroSizeAllowed: false);
    }

    /// <summary>
    /// Packet bounds (<c>check_packet_access</c>): only the fixed offset counts against the proven bytes, because these were proven for this very variable
    /// part (same identity); the variable part itself isn't negative.
    /// </summary>
    private void CheckPacket(in RegisterState pointer, int register, int offset, int size, bool zeroSizeAllowed)
    {
        if (pointer.Range.SignedMin < 0)
        {
            Reject(Errno.EACCES, $"R{register} min value is negative, either use unsigned index or do a if (index >=0) check.");
        }

        long at = (long)offset + pointer.Offset;
        if (pointer.Extent < 0)
        {
            Reject(Errno.EINVAL, $"R{register} offset is outside of the packet");
        }

        CheckWithin(pointer, register, at, size, pointer.Extent, zeroSizeAllowed, "offset is outside of the packet");
        _maximumPacketOffset = Math.Max(_maximumPacketOffset, at + (long)pointer.Range.UnsignedMax + size - 1);
    }

    private long _maximumPacketOffset;

    private static void CheckBuffer(in RegisterState pointer, int register, int offset, int size, bool write)
    {
        bool readOnly = (pointer.Flags & TypeFlags.ReadOnly) != 0;
        if (readOnly && write)
        {
            Reject(Errno.EACCES, $"R{register} cannot write into {pointer.TypeName}");
        }

        string name = readOnly ? "rdonly" : "rdwr";
        CheckBufferOffset(pointer, register, offset, size, name);
    }

    private static void CheckTracepointBuffer(in RegisterState pointer, int register, int offset, int size) =>
        CheckBufferOffset(pointer, register, offset, size, "tracepoint");

    private static void CheckBufferOffset(in RegisterState pointer, int register, int offset, int size, string name)
    {
        if (offset < 0)
        {
            Reject(Errno.EACCES, $"R{register} invalid {name} buffer access: off={offset}, size={size}");
        }

        if (!pointer.Range.IsConst || pointer.Range.ConstValue != 0)
        {
            Reject(Errno.EACCES, $"R{register} invalid variable buffer offset: off={offset}, var_off={pointer.VarOff}");
        }

        if (pointer.Offset + offset < 0)
        {
            Reject(Errno.EACCES, $"R{register} invalid {name} buffer access: off={offset}, size={size}");
        }
    }

    /// <summary>A pointer used as it is: no variable offset, no negative one (<c>__check_ptr_off_reg</c>).</summary>
    private static void CheckPlainPointer(in RegisterState pointer, int register, bool fixedAllowed)
    {
        if (pointer.Offset < 0)
        {
            Reject(Errno.EACCES, $"negative offset {pointer.TypeName} ptr R{register} off={pointer.Offset} disallowed");
        }

        if (!fixedAllowed && pointer.Offset != 0)
        {
            Reject(Errno.EACCES, $"dereference of modified {pointer.TypeName} ptr R{register} off={pointer.Offset} disallowed");
        }

        if (!pointer.Range.IsConst || pointer.Range.ConstValue != 0)
        {
            Reject(Errno.EACCES, $"variable {pointer.TypeName} access var_off={pointer.VarOff} disallowed");
        }
    }

    private RegisterState CheckContext(in RegisterState pointer, int register, int offset, int size, bool write, int value, bool signed)
    {
        CheckStoredValue(write, value, "ctx");
        CheckPlainPointer(pointer, register, fixedAllowed: false);
        int at = offset + pointer.Offset;
        ContextLayout? layout = _request.Type.Context;
        if (layout is null || at < 0 || !layout.TryAccess(at, size, write, _request, out ContextAccess access))
        {
            Reject(Errno.EACCES, $"invalid bpf_context access off={at} size={size}");
            return default;
        }

        if (signed && access.Kind != ContextFieldKind.Scalar)
        {
            Reject(Errno.EACCES, $"invalid bpf_context access off={at} size={size}");
        }

        ContextReach = Math.Max(ContextReach, at + size);
        ref InstructionNotes notes = ref _notes[_index];
        int slot = access.PointerSlotOffset;
        if (!write && slot >= 0)
        {
            // The instruction's own offset is relative to r, which is pointer.Offset into the context.
            slot -= pointer.Offset;
        }

        if (!write)
        {
            if (notes.PointerSlot != InstructionNotes.Unset && notes.PointerSlot != slot)
            {
                Reject(Errno.EINVAL, $"same insn cannot be used with different pointers");
            }

            notes.PointerSlot = slot;
        }
        else if (access.StoreSize != 0)
        {
            notes.StoreSize = access.StoreSize;
        }

        return write ? default : Loaded(access);
    }

    private RegisterState Loaded(in ContextAccess access)
    {
        TypeFlags flags = access.MaybeNull ? TypeFlags.MaybeNull : TypeFlags.None;
        RegisterState loaded;
        switch (access.Kind)
        {
            case ContextFieldKind.Scalar:
                if (access.IsReturnValue && _request.Type.GetReturnRange(_request) is { } range)
                {
                    return RegisterState.Number(ScalarRange.FromSigned(range.Minimum, range.Maximum));
                }

                return RegisterState.Unknown;
            case ContextFieldKind.PacketData:
                loaded = RegisterState.Pointer(RegisterType.Packet);
                break;
            case ContextFieldKind.PacketEnd:
                loaded = RegisterState.Pointer(RegisterType.PacketEnd);
                break;
            case ContextFieldKind.PacketMeta:
                loaded = RegisterState.Pointer(RegisterType.PacketMeta);
                break;
            case ContextFieldKind.Socket:
                loaded = RegisterState.Pointer(RegisterType.Socket, flags);
                break;
            case ContextFieldKind.SockCommon:
                loaded = RegisterState.Pointer(RegisterType.SockCommon, flags);
                break;
            case ContextFieldKind.FlowKeys:
                loaded = RegisterState.Pointer(RegisterType.FlowKeys);
                break;
            case ContextFieldKind.Memory:
                loaded = RegisterState.Pointer(RegisterType.Memory, flags);
                loaded.Extent = access.MemorySize;
                break;
            case ContextFieldKind.TracepointBuffer:
                loaded = RegisterState.Pointer(RegisterType.TracepointBuffer);
                break;
            case ContextFieldKind.ReadOnlyBuffer:
                loaded = RegisterState.Pointer(RegisterType.Buffer, flags | TypeFlags.ReadOnly);
                break;
            case ContextFieldKind.Buffer:
                loaded = RegisterState.Pointer(RegisterType.Buffer, flags);
                break;
            default:
                if (access.IsTrusted)
                {
                    flags |= TypeFlags.Trusted;
                }

                if (access.IsUserMemory)
                {
                    flags |= TypeFlags.User;
                }

                if (access.IsPerCpu)
                {
                    flags |= TypeFlags.PerCpu;
                }

                loaded = RegisterState.Pointer(RegisterType.BtfObject, flags);
                loaded.BtfId = access.BtfTypeId;
                loaded.Types = _request.KernelBtf;
                if (_request.Type.Type == ProgramType.StructOps && loaded.Types is { } types && types[loaded.BtfId].Name == "sock"
                    && types[_request.AttachBtfId].Name == "tcp_congestion_ops")
                {
                    // The sockets of congestion control are TCP's (bpf_tcp_ca_is_valid_access).
                    loaded.BtfId = types.FindByName<Btf.BtfStruct>("tcp_sock")?.Id ?? loaded.BtfId;
                }

                break;
        }

        if (access.MaybeNull)
        {
            loaded.Id = NewId();
        }

        return loaded;
    }

    private RegisterState CheckSocket(in RegisterState pointer, int register, long at, int size)
    {
        if (pointer.Range.SignedMin < 0)
        {
            Reject(Errno.EACCES, $"R{register} min value is negative, either use unsigned index or do a if (index >=0) check.");
        }

        CheckPlainPointer(pointer, register, fixedAllowed: true);
        if (SocketFields.IsValid(pointer.Type, at, size))
        {
            _notes[_index].Touch(MemoryRegion.Memory);
            return RegisterState.Unknown;
        }

        Reject(Errno.EACCES, $"R{register} invalid {pointer.TypeName} access off={at} size={size}");
        return default;
    }

    /// <summary>Packet loads of classic BPF (<c>check_ld_abs</c>): they end the program where the packet is too short.</summary>
    private void CheckPacketLoad(Instruction instruction)
    {
        if (!MayAccessSkb(_request.Type.Type))
        {
            Reject(Errno.EINVAL, $"BPF_LD_[ABS|IND] instructions not allowed for this program type");
        }

        CheckRead(6);
        CheckResourceLeak("BPF_LD_[ABS|IND]");
        if (Register(6).Type != RegisterType.Context)
        {
            Reject(Errno.EINVAL, $"at the time of BPF_LD_ABS|IND R6 != pointer to skb");
        }

        if (instruction.MemoryMode == MemoryMode.Ind)
        {
            CheckRead(instruction.Source);
        }

        CheckPlainPointer(Register(6), 6, fixedAllowed: false);
        if (_structure.Starts.Length > 1 && _state.CurrentFrame > 0 && !ReturnsInteger(Frame.Subprogram))
        {
            Reject(Errno.EINVAL, $"LD_ABS is only allowed in functions that return 'int'.");
        }

        PushEarlyExit(RegisterState.Constant(0), movesPacket: false);
        for (int i = 0; i <= 5; i++)
        {
            Register(i) = default;
        }

        Register(0) = RegisterState.Unknown;
    }

    private static bool MayAccessSkb(ProgramType type) => type is ProgramType.SocketFilter or ProgramType.SchedCls or ProgramType.SchedAct;
}
