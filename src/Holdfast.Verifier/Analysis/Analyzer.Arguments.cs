using Holdfast.Isa.Abi;
using Holdfast.Verifier.Prototypes;

namespace Holdfast.Verifier.Analysis;

/// <content>Arguments of helpers (<c>check_func_arg</c>).</content>
internal sealed partial class Analyzer
{
    private const long MaximumMemorySize = 1 << 29;

    private static readonly (RegisterType, TypeFlags)[] MemoryTypes =
    [
        (RegisterType.Stack, 0), (RegisterType.Packet, 0), (RegisterType.PacketMeta, 0), (RegisterType.MapKey, 0), (RegisterType.MapValue, 0),
        (RegisterType.Memory, 0), (RegisterType.Memory, TypeFlags.RingBuf), (RegisterType.Buffer, 0), (RegisterType.BtfObject, TypeFlags.Trusted),
    ];

    private static readonly (RegisterType, TypeFlags)[] SockTypes =
        [(RegisterType.SockCommon, 0), (RegisterType.Socket, 0), (RegisterType.TcpSock, 0), (RegisterType.XdpSock, 0)];

    private static readonly (RegisterType, TypeFlags)[] TypedSockTypes =
        [.. SockTypes, (RegisterType.BtfObject, 0), (RegisterType.BtfObject, TypeFlags.Trusted)];

    private static readonly (RegisterType, TypeFlags)[] ObjectTypes =
        [(RegisterType.BtfObject, 0), (RegisterType.BtfObject, TypeFlags.Trusted), (RegisterType.BtfObject, TypeFlags.Rcu)];

    private static readonly (RegisterType, TypeFlags)[] PerCpuTypes =
    [
        (RegisterType.BtfObject, TypeFlags.PerCpu), (RegisterType.BtfObject, TypeFlags.PerCpu | TypeFlags.Rcu),
        (RegisterType.BtfObject, TypeFlags.PerCpu | TypeFlags.Trusted),
    ];

    private static readonly (RegisterType, TypeFlags)[] LockTypes = [(RegisterType.MapValue, 0), (RegisterType.BtfObject, TypeFlags.Allocated)];

    private static (RegisterType Type, TypeFlags Flags)[] TypesFor(ArgumentType type) => type switch
    {
        ArgumentType.PointerToMapKey or ArgumentType.PointerToMapValue or ArgumentType.PointerToMemory => MemoryTypes,
        ArgumentType.ConstSize or ArgumentType.ConstSizeOrZero or ArgumentType.ConstAllocSizeOrZero => [(RegisterType.Scalar, 0)],
        ArgumentType.ConstMapPointer => [(RegisterType.Map, 0)],
        ArgumentType.PointerToContext => [(RegisterType.Context, 0)],
        ArgumentType.PointerToSockCommon => SockTypes,
        ArgumentType.PointerToBtfIdSockCommon => TypedSockTypes,
        ArgumentType.PointerToSocket => [(RegisterType.Socket, 0)],
        ArgumentType.PointerToBtfId => ObjectTypes,
        ArgumentType.PointerToSpinLock => LockTypes,
        ArgumentType.PointerToPerCpuBtfId => PerCpuTypes,
        ArgumentType.PointerToRingBufMemory => [(RegisterType.Memory, TypeFlags.RingBuf)],
        ArgumentType.PointerToFunction => [(RegisterType.Function, 0)],
        ArgumentType.PointerToStack => [(RegisterType.Stack, 0)],
        ArgumentType.PointerToConstString or ArgumentType.PointerToTimer => [(RegisterType.MapValue, 0)],
        ArgumentType.KptrExchangeDestination => LockTypes,
        ArgumentType.PointerToDynptr => [(RegisterType.Stack, 0), (RegisterType.Dynptr, 0)],
        _ => [],
    };

    private void CheckArgument(HelperCallInfo call, int index)
    {
        HelperArgument argument = call.Prototype.Arguments[index];
        int register = index + 1;
        CheckRead(register);
        RegisterState value = Register(register);
        if (argument.Type == ArgumentType.Anything)
        {
            CheckNoLeak(register, "leaks addr into helper function");
            return;
        }

        if (value.IsPacket && !MayPassPacket(call))
        {
            Reject(Errno.EACCES, $"helper access to the packet is not allowed");
        }

        ArgumentType type = argument.Type;
        if (type == ArgumentType.PointerToMapValue && call.Map is { Type: MapType.SockMap or MapType.SockHash } && call.Id == HelperId.MapUpdateElem)
        {
            type = ArgumentType.PointerToBtfIdSockCommon;
        }

        bool mayBeNull = (argument.Flags & ArgumentFlags.MaybeNull) != 0;
        if (!(mayBeNull && value.IsNull))
        {
            CheckArgumentType(call, argument, type, register, value);
            CheckArgumentOffset(argument, type, register, value);
        }

        if ((argument.Flags & ArgumentFlags.Releases) != 0)
        {
            if (type == ArgumentType.PointerToDynptr)
            {
                // Checked with the dynptr itself.
            }
            else if (value.ReferenceId == 0 && !value.IsNull)
            {
                Reject(Errno.EINVAL, $"R{register} must be referenced when passed to release function");
            }

            call.ReleasedRegister = register;
        }

        if (value.ReferenceId != 0 && type != ArgumentType.KptrExchangeDestination)
        {
            if (call.ReferenceId != 0)
            {
                Reject(Errno.EACCES, $"more than one arg with ref_obj_id R{register} {value.ReferenceId} {call.ReferenceId}");
            }

            call.ReferenceId = value.ReferenceId;
        }

        UseArgument(call, argument, type, register, value);
    }

    private bool MayPassPacket(HelperCallInfo call) => _request.Type.PacketAccess switch
    {
        PacketAccess.None => false,
        PacketAccess.Unrestricted => true,
        _ => call.Prototype.PacketAccess,
    };

    private static void CheckArgumentType(HelperCallInfo call, HelperArgument argument, ArgumentType type, int register, in RegisterState value)
    {
        TypeFlags flags = value.Flags;
        if ((argument.Flags & ArgumentFlags.ReadOnly) != 0 || type is ArgumentType.PointerToMapKey
            || (type == ArgumentType.PointerToMapValue && (argument.Flags & ArgumentFlags.Writes) == 0))
        {
            flags &= ~TypeFlags.ReadOnly;
        }

        if ((argument.Flags & ArgumentFlags.MaybeNull) != 0)
        {
            flags &= ~TypeFlags.MaybeNull;
        }

        if (call.Id == HelperId.KptrXchg && register == 2 && value.Type == RegisterType.BtfObject)
        {
            flags &= ~TypeFlags.Allocated;
        }

        (RegisterType Type, TypeFlags Flags)[] expected = TypesFor(type);
        bool found = false;
        foreach ((RegisterType candidate, TypeFlags candidateFlags) in expected)
        {
            found |= candidate == value.Type && candidateFlags == flags;
        }

        if (!found)
        {
            string names = string.Join(", ", expected.Select(entry => RegisterState.NameOf(entry.Type, entry.Flags & ~TypeFlags.Allocated)));
            Reject(Errno.EACCES, $"R{register} type={value.TypeName} expected={names}");
        }

        if (value.Type == RegisterType.BtfObject && type is ArgumentType.PointerToBtfId or ArgumentType.PointerToBtfIdSockCommon && value.Type == RegisterType.BtfObject)
        {
            CheckArgumentObject(call, argument, type, register, value);
        }
    }

    private static void CheckArgumentOffset(HelperArgument argument, ArgumentType type, int register, in RegisterState value)
    {
        if ((argument.Flags & ArgumentFlags.Releases) != 0)
        {
            if (type == ArgumentType.PointerToDynptr && value.Type == RegisterType.Stack)
            {
                return;
            }

            if (value.Offset != 0)
            {
                Reject(Errno.EINVAL, $"R{register} must have zero offset when passed to release func or trusted arg to kfunc");
            }

            CheckPlainPointer(value, register, fixedAllowed: false);
            return;
        }

        switch (value.Type)
        {
            case RegisterType.Stack or RegisterType.Packet or RegisterType.PacketMeta or RegisterType.MapKey or RegisterType.MapValue
                or RegisterType.Memory or RegisterType.Buffer or RegisterType.Arena or RegisterType.Scalar:
                return;
            case RegisterType.BtfObject:
                CheckPlainPointer(value, register, fixedAllowed: true);
                return;
            default:
                CheckPlainPointer(value, register, fixedAllowed: false);
                return;
        }
    }

    private void UseArgument(HelperCallInfo call, HelperArgument argument, ArgumentType type, int register, in RegisterState value)
    {
        bool writes = (argument.Flags & ArgumentFlags.Writes) != 0;
        bool fills = (argument.Flags & ArgumentFlags.Uninitialized) != 0;
        switch (type)
        {
            case ArgumentType.ConstMapPointer:
                if (call.Map is not null && call.Id == HelperId.TimerInit)
                {
                    CheckTimerMap(call, value);
                }

                call.Map = value.Map;
                call.MapInstance = value.MapInstance;
                break;
            case ArgumentType.PointerToMapKey:
                if (call.Map is null)
                {
                    Reject(Errno.EACCES, $"invalid map_ptr to access map->key");
                }

                CheckHelperMemory(value, register, call.Map!.KeySize, writes: false, zeroSizeAllowed: false, fills: false);
                NoteConstantKey(call, register, value);
                break;
            case ArgumentType.PointerToMapValue:
                if (value.IsNull && (argument.Flags & ArgumentFlags.MaybeNull) != 0)
                {
                    break;
                }

                if (call.Map is null)
                {
                    Reject(Errno.EACCES, $"invalid map_ptr to access map->value");
                }

                CheckHelperMemory(value, register, call.Map!.ValueSize, writes, zeroSizeAllowed: false, fills);
                break;
            case ArgumentType.PointerToPerCpuBtfId:
                UsePerCpu(call, register, value);
                break;
            case ArgumentType.PointerToSpinLock:
                UseSpinLock(call, register, value);
                break;
            case ArgumentType.PointerToTimer:
                UseTimer(call, register, value);
                break;
            case ArgumentType.PointerToFunction:
                call.Callback = value.Extent;
                InstructionNotes.Merge(ref _notes[_index].Subprogram, value.Extent);
                break;
            case ArgumentType.PointerToMemory:
                call.Fills = fills;
                if ((argument.Flags & ArgumentFlags.FixedSize) != 0)
                {
                    CheckHelperMemory(value, register, argument.Size, writes, zeroSizeAllowed: false, fills);
                    if ((argument.Flags & ArgumentFlags.Aligned) != 0)
                    {
                        CheckFixedAlignment(value, argument.Size);
                    }
                }

                break;
            case ArgumentType.ConstSize or ArgumentType.ConstSizeOrZero:
                bool memoryWrites = (call.Prototype.Arguments[register - 2].Flags & ArgumentFlags.Writes) != 0;
                CheckMemorySize(call, register, value, memoryWrites, type == ArgumentType.ConstSizeOrZero);
                break;
            case ArgumentType.ConstAllocSizeOrZero:
                if (!value.Range.IsConst)
                {
                    Reject(Errno.EACCES, $"R{register} is not a known constant'");
                }

                call.MemorySize = (long)value.Range.ConstValue;
                if (call.MemorySize is < 0 or > int.MaxValue)
                {
                    Reject(Errno.EACCES, $"R{register} unbounded memory access, use 'var &= const' or 'if (var < const)'");
                }

                MarkPrecise(register);
                break;
            case ArgumentType.PointerToDynptr:
                UseDynptr(call, argument, register, value);
                break;
            case ArgumentType.PointerToConstString:
                CheckConstantString(register, value);
                break;
            case ArgumentType.KptrExchangeDestination:
                UseKptr(call, register, value);
                break;
            default:
                break;
        }
    }

    private static void CheckFixedAlignment(in RegisterState value, int size)
    {
        if (!value.Range.Bits.Add(Domains.Tnum.Const((ulong)(long)value.Offset)).IsAligned((ulong)size))
        {
            string name = value.Type switch
            {
                RegisterType.Stack => "stack ",
                RegisterType.MapValue => "value ",
                _ => "",
            };
            Reject(Errno.EACCES, $"misaligned {name}access off {value.Range.Bits}+{value.Offset}+0 size {size}");
        }
    }

    private void CheckMemorySize(HelperCallInfo call, int register, in RegisterState size, bool writes, bool zeroSizeAllowed)
    {
        call.MaximumSize = size.Range.UnsignedMax;
        bool fills = call.Fills && size.Range.IsConst;
        if (size.Range.SignedMin < 0)
        {
            Reject(Errno.EACCES, $"R{register} min value is negative, either use unsigned or 'var &= const'");
        }

        if (size.Range.UnsignedMin == 0 && !zeroSizeAllowed)
        {
            Reject(Errno.EACCES, $"R{register} invalid zero-sized read: u64=[{size.Range.UnsignedMin},{size.Range.UnsignedMax}]");
        }

        if (size.Range.UnsignedMax >= MaximumMemorySize)
        {
            Reject(Errno.EACCES, $"R{register} unbounded memory access, use 'var &= const' or 'if (var < const)'");
        }

        CheckHelperMemory(Register(register - 1), register - 1, (long)size.Range.UnsignedMax, writes, zeroSizeAllowed, fills);
        MarkPrecise(register);
    }

    /// <summary>Memory that a helper touches (<c>check_helper_mem_access</c>).</summary>
    private void CheckHelperMemory(RegisterState value, int register, long size, bool writes, bool zeroSizeAllowed, bool fills)
    {
        switch (value.Type)
        {
            case RegisterType.Packet or RegisterType.PacketMeta:
                CheckPacket(value, register, 0, (int)size, zeroSizeAllowed);
                break;
            case RegisterType.MapKey:
                RequireWritable(value, register, !writes);
                CheckRegion(value, register, 0, size, value.Map!.KeySize, zeroSizeAllowed);
                break;
            case RegisterType.MapValue:
                CheckMapPermission(value, 0, (int)size, writes);
                CheckRegion(value, register, 0, size, value.Map!.ValueSize, zeroSizeAllowed);
                CheckNoSpecialField(value, size);
                break;
            case RegisterType.Memory:
                RequireWritable(value, register, (value.Flags & TypeFlags.ReadOnly) == 0 || !writes);
                CheckRegion(value, register, 0, size, value.Extent, zeroSizeAllowed);
                break;
            case RegisterType.Buffer:
                RequireWritable(value, register, (value.Flags & TypeFlags.ReadOnly) == 0 || !writes);
                CheckBuffer(value, register, 0, (int)size, writes);
                break;
            case RegisterType.Stack:
                CheckStackRange(value, register, 0, size, zeroSizeAllowed, writes, fills);
                break;
            case RegisterType.BtfObject:
                if (writes)
                {
                    Reject(Errno.EACCES, $"{HelperNames.Of((HelperId)_code[_index].Immediate)}() may write into memory pointed by R{register} type={value.TypeName}");
                }

                if (size > 0)
                {
                    CheckObjectBytes(value, register, size);
                }

                break;
            default:
                if (zeroSizeAllowed && size == 0 && value.IsNull)
                {
                    break;
                }

                Reject(Errno.EACCES, $"R{register} type={value.TypeName} expected=fp");
                break;
        }
    }

    private static void RequireWritable(in RegisterState value, int register, bool writable)
    {
        if (!writable)
        {
            Reject(Errno.EACCES, $"R{register} cannot write into {value.TypeName}");
        }
    }

    private void CheckNoSpecialField(in RegisterState value, long size)
    {
        foreach (SpecialField field in Special.Of(value.Map!))
        {
            long first = value.Offset + value.Range.SignedMin;
            long last = value.Offset + (long)value.Range.UnsignedMax + size;
            if (first < field.Offset + field.Size && field.Offset < last)
            {
                if (field.Kind.IsKptr())
                {
                    Reject(Errno.EACCES, $"kptr cannot be accessed indirectly by helper");
                }

                Reject(Errno.EACCES, $"{field.Name} cannot be accessed directly by load/store");
            }
        }
    }

    /// <summary>The key of an array lookup on the stack, if it is a constant (<c>get_constant_map_key</c>).</summary>
    private void NoteConstantKey(HelperCallInfo call, int register, in RegisterState value)
    {
        if (call.Map is not { Type: MapType.Array or MapType.PerCpuArray, KeySize: 4 } || value.Type != RegisterType.Stack || !value.Range.IsConst)
        {
            return;
        }

        _ = register;
        FunctionState frame = _state.Frames[value.Extent];
        long at = value.Offset + value.Range.SignedMin;
        int first = (int)-at - 1;
        if (at > -4 || first / 8 >= frame.Stack.Length)
        {
            return;
        }

        ref StackSlot slot = ref frame.Stack[first / 8];
        bool zero = true;
        for (int i = 0; i < 4; i++)
        {
            zero &= first - i >= 0 && (first & 7) >= 3 && slot[(first - i) & 7] == SlotKind.Zero;
        }

        if (zero)
        {
            call.ConstantKey = 0;
            return;
        }

        if ((first & 7) == 7 && slot.IsSpilledScalar && slot[4] == SlotKind.Spill && slot[3] != SlotKind.Spill && slot.Spilled!.State is { IsConstant: true } key)
        {
            // The outcome depends on the key: mark where it comes from.
            _back.Reset(_state.CurrentFrame);
            _back.SetSlot(frame.Frame, first / 8);
            _ = GoBack(_state, _index);
            call.ConstantKey = (uint)key.Range.ConstValue;
        }
    }

    /// <summary>A string that can't change and ends within its map (<c>check_reg_const_str</c>).</summary>
    private static void CheckConstantString(int register, in RegisterState value)
    {
        MapDescription map = value.Map!;
        if (map.Constants is not { } constants)
        {
            Reject(Errno.EACCES, $"R{register} does not point to a readonly map'");
            return;
        }

        if (!value.Range.IsConst)
        {
            Reject(Errno.EACCES, $"R{register} is not a constant address'");
        }

        long at = value.Offset + value.Range.SignedMin;
        if (at < 0 || at >= map.ValueSize)
        {
            Reject(Errno.EACCES, $"invalid access to map value, value_size={map.ValueSize} off={at} size={map.ValueSize - at}");
        }

        if (!constants.Span[(int)at..].Contains((byte)0))
        {
            Reject(Errno.EINVAL, $"string is not zero-terminated");
        }
    }
}
