using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;
using Holdfast.Verifier.Domains;

namespace Holdfast.Verifier.Analysis;

/// <content>Arithmetic (<c>check_alu_op</c>).</content>
internal sealed partial class Analyzer
{
    /// <summary>Offsets stay far from the ends of 32 bits, so that sums can't wrap (<c>BPF_MAX_VAR_OFF</c>).</summary>
    private const long MaximumOffset = 1 << 29;

    private void CheckArithmetic(Instruction instruction)
    {
        int destination = instruction.Destination;
        bool is64 = instruction.Class == InstructionClass.Alu64;
        switch (instruction.AluOperation)
        {
            case AluOperation.Mov:
                CheckMove(instruction, is64);
                return;
            case AluOperation.Neg or AluOperation.End:
                CheckRead(destination);
                CheckNoLeak(destination, "pointer arithmetic prohibited");
                CheckDestination(destination);
                CheckUnary(instruction, is64);
                return;
            default:
                break;
        }

        if (instruction.UsesSourceRegister)
        {
            CheckRead(instruction.Source);
        }

        CheckRead(destination);
        if (!instruction.UsesSourceRegister && instruction.AluOperation is AluOperation.Div or AluOperation.Mod && instruction.Immediate == 0 && !instruction.UsesSourceRegister)
        {
            Reject(Errno.EINVAL, $"div by zero");
        }

        if (!instruction.UsesSourceRegister && instruction.AluOperation is AluOperation.Lsh or AluOperation.Rsh or AluOperation.Arsh
            && !instruction.UsesSourceRegister && (instruction.Immediate < 0 || instruction.Immediate >= (is64 ? 64 : 32)))
        {
            Reject(Errno.EINVAL, $"invalid shift {instruction.Immediate}");
        }

        CheckDestination(destination);
        CheckBinary(instruction, is64);
    }

    private void CheckNoLeak(int register, string what)
    {
        if (!Privileged && !Register(register).IsScalar)
        {
            Reject(Errno.EACCES, $"R{register} {what}");
        }
    }

    private void CheckUnary(Instruction instruction, bool is64)
    {
        ref RegisterState value = ref Register(instruction.Destination);
        if (!value.IsScalar)
        {
            value = RegisterState.Unknown;
            return;
        }

        bool precise = value.Precise;
        value = RegisterState.Number(instruction.AluOperation == AluOperation.Neg
            ? ScalarTransfer.Negate(is64, value.Range)
            : ScalarTransfer.ByteSwap(value.Range, instruction.Immediate, is64 || instruction.UsesSourceRegister));
        value.Precise = precise;
    }

    private void CheckMove(Instruction instruction, bool is64)
    {
        int destination = instruction.Destination;
        if (!instruction.UsesSourceRegister)
        {
            CheckDestination(destination);
            Register(destination) = RegisterState.Constant(is64 ? (ulong)instruction.Immediate : (uint)instruction.Immediate);
            return;
        }

        CheckRead(instruction.Source);
        CheckDestination(destination);
        if (instruction.IsAddressSpaceCast)
        {
            CheckAddressSpaceCast(instruction);
            return;
        }

        ref RegisterState source = ref Register(instruction.Source);
        if (!source.IsScalar)
        {
            if (is64 && instruction.Offset == 0)
            {
                Register(destination) = source;
                return;
            }

            CheckNoLeak(instruction.Source, is64 ? "sign-extension part of pointer" : "partial copy of pointer");
            Register(destination) = RegisterState.Number(is64 ? ScalarRange.Unknown : ScalarRange.Unknown.ZeroExtend32());
            return;
        }

        // A copy that keeps the value stays linked to its source: what is learnt of one holds for the other.
        int bits = instruction.Offset;
        bool keeps = bits != 0 ? source.Range.UnsignedMax < 1UL << (bits - 1)
            : is64 || source.Range.UnsignedMax <= uint.MaxValue;
        if (keeps)
        {
            AssignId(ref source);
        }

        RegisterState copy = source;
        if (!keeps)
        {
            copy.Id = 0;
            copy.IsLinkedPlusConstant = false;
            copy.Offset = 0;
        }

        ScalarRange range = copy.Range;
        if (bits != 0)
        {
            range = ScalarTransfer.Apply(AluOperation.Mov, is64, range, range, bits);
        }
        else if (!is64)
        {
            range = range.ZeroExtend32();
        }

        copy.Range = range;
        Register(destination) = copy;
    }

    private void AssignId(ref RegisterState source)
    {
        if (!source.IsScalar)
        {
            return;
        }

        if (source.IsLinkedPlusConstant)
        {
            source.Id = 0;
            source.Offset = 0;
            source.IsLinkedPlusConstant = false;
        }

        if (source.Id == 0 && !source.Range.IsConst)
        {
            source.Id = NewId();
        }
    }

    private void CheckAddressSpaceCast(Instruction instruction)
    {
        if (_maps.Arena is null)
        {
            Reject(Errno.EINVAL, $"addr_space_cast insn can only be used in a program that has an associated arena");
        }

        RegisterState cast = RegisterState.Unknown;
        if (instruction.Immediate == 1)
        {
            cast = RegisterState.Pointer(RegisterType.Arena);
            cast.Range = ScalarRange.Unknown;
        }

        Register(instruction.Destination) = cast;
    }

    private void CheckBinary(Instruction instruction, bool is64)
    {
        int number = instruction.Destination;
        ref RegisterState destination = ref Register(number);
        AluOperation operation = instruction.AluOperation;
        if (destination.Type == RegisterType.Arena || (instruction.UsesSourceRegister && Register(instruction.Source).Type == RegisterType.Arena))
        {
            destination = is64 ? RegisterState.Pointer(RegisterType.Arena) : RegisterState.Unknown;
            destination.Range = ScalarRange.Unknown;
            return;
        }

        RegisterState operand;
        if (instruction.UsesSourceRegister)
        {
            ref RegisterState source = ref Register(instruction.Source);
            if (!source.IsScalar && !destination.IsScalar)
            {
                if (operation == AluOperation.Sub && Privileged)
                {
                    destination = RegisterState.Unknown;
                    return;
                }

                Reject(Errno.EACCES, $"R{number} pointer {Symbol(operation)} pointer prohibited");
            }

            if (!source.IsScalar)
            {
                // number += pointer: the other way round.
                MarkPrecise(number);
                RegisterState offset = destination;
                MovePointer(instruction, is64, source, offset, pointerIsDestination: false);
                return;
            }

            if (!destination.IsScalar)
            {
                MarkPrecise(instruction.Source);
            }
            else if (destination.Precise)
            {
                MarkPrecise(instruction.Source);
            }

            operand = source;
        }
        else
        {
            operand = RegisterState.Constant((ulong)instruction.Immediate);
        }

        if (!destination.IsScalar)
        {
            MovePointer(instruction, is64, destination, operand, pointerIsDestination: true);
            return;
        }

        destination.Range = ScalarTransfer.Apply(operation, is64, destination.Range, operand.Range, instruction.Offset);
        LinkSum(ref destination, operation is AluOperation.Add or AluOperation.Sub && is64, operation == AluOperation.Sub, operand);
    }

    /// <summary>A linked number plus a constant stays linked at that distance; anything else ends the link.</summary>
    private void LinkSum(ref RegisterState destination, bool isSum, bool negative, in RegisterState operand)
    {
        if (Privileged && isSum && destination.Id != 0 && operand.Range.IsConst && !destination.IsLinkedPlusConstant
            && operand.Range.SignedMin is > int.MinValue and <= int.MaxValue)
        {
            destination.IsLinkedPlusConstant = true;
            destination.Offset = negative ? -(int)operand.Range.SignedMin : (int)operand.Range.SignedMin;
            return;
        }

        destination.Id = 0;
        destination.Offset = 0;
        destination.IsLinkedPlusConstant = false;
    }

    /// <summary>Pointer arithmetic (<c>adjust_ptr_min_max_vals</c>).</summary>
    private void MovePointer(Instruction instruction, bool is64, in RegisterState pointer, in RegisterState offset, bool pointerIsDestination)
    {
        int number = instruction.Destination;
        AluOperation operation = instruction.AluOperation;
        RegisterState result = pointer;
        if (offset.Range.IsEmpty)
        {
            Register(number) = RegisterState.Unknown;
            return;
        }

        if (!is64)
        {
            if (operation == AluOperation.Sub && Privileged)
            {
                Register(number) = RegisterState.Number(ScalarRange.Unknown.ZeroExtend32());
                return;
            }

            Reject(Errno.EACCES, $"R{number} 32-bit pointer arithmetic prohibited");
        }

        if (pointer.MaybeNull)
        {
            Reject(Errno.EACCES, $"R{number} pointer arithmetic on {pointer.TypeName} prohibited, null-check it first");
        }

        if (pointer.Type == RegisterType.Memory && (pointer.Flags & TypeFlags.Untrusted) != 0)
        {
            Register(number) = pointer;
            return;
        }

        bool known = offset.Range.IsConst;
        bool allowed = pointer.Type switch
        {
            RegisterType.Context or RegisterType.MapValue or RegisterType.MapKey or RegisterType.Stack or RegisterType.PacketMeta or RegisterType.Packet
                or RegisterType.TracepointBuffer or RegisterType.BtfObject or RegisterType.Memory or RegisterType.Buffer or RegisterType.Function
                or RegisterType.Dynptr => true,
            RegisterType.FlowKeys => known,
            _ => false,
        };
        if (!allowed && !(known && offset.Range.ConstValue == 0 && operation == AluOperation.Add && pointer.Type is RegisterType.Map or RegisterType.FlowKeys))
        {
            if (pointer.Type == RegisterType.PacketEnd)
            {
                Reject(Errno.EACCES, $"R{number} pointer arithmetic on {pointer.TypeName} prohibited");
            }

            Reject(Errno.EACCES, $"R{number} pointer arithmetic on {pointer.TypeName} prohibited");
        }

        CheckSaneOffset(offset, pointer);
        CheckSaneOffset(pointer, pointer);
        switch (operation)
        {
            case AluOperation.Add:
                Displace(ref result, pointer, offset.Range, negative: false);
                break;
            case AluOperation.Sub:
                if (!pointerIsDestination)
                {
                    Reject(Errno.EACCES, $"R{number} tried to subtract pointer from scalar");
                }

                if (pointer.Type == RegisterType.Stack)
                {
                    Reject(Errno.EACCES, $"R{number} subtraction from stack pointer prohibited");
                }

                Displace(ref result, pointer, offset.Range, negative: true);
                break;
            case AluOperation.And or AluOperation.Or or AluOperation.Xor:
                Reject(Errno.EACCES, $"R{number} bitwise operator {Symbol(operation)} on pointer prohibited");
                break;
            default:
                Reject(Errno.EACCES, $"R{number} pointer arithmetic with {Symbol(operation)} operator prohibited");
                break;
        }

        CheckSaneOffset(result, pointer);
        Register(number) = result;
        CheckUnprivilegedPointer(number, result);
    }

    private void Displace(ref RegisterState result, in RegisterState pointer, in ScalarRange offset, bool negative)
    {
        if (offset.IsConst)
        {
            long sum = negative ? pointer.Offset - offset.SignedMin : pointer.Offset + offset.SignedMin;
            if (sum == (int)sum)
            {
                result.Offset = (int)sum;
                return;
            }
        }

        result.Range = ScalarTransfer.Apply(negative ? AluOperation.Sub : AluOperation.Add, true, pointer.Range, offset, 0);
        if (pointer.IsPacket)
        {
            // A new variable offset: what was proven of the old one says nothing of it, unless it only went back.
            result.Id = NewId();
            if (!negative || offset.SignedMin < 0)
            {
                result.Extent = 0;
            }
        }
    }

    private static void CheckSaneOffset(in RegisterState value, in RegisterState pointer)
    {
        long least = value.Range.SignedMin;
        if (value.Range.IsConst && least is >= MaximumOffset or <= -MaximumOffset && value.Range.IsConst)
        {
            Reject(Errno.EINVAL, $"math between {pointer.TypeName} pointer and {least} is not allowed");
        }

        if (!value.IsScalar && value.Offset is >= (int)MaximumOffset or <= -(int)MaximumOffset && !value.IsScalar)
        {
            Reject(Errno.EINVAL, $"{pointer.TypeName} pointer offset {value.Offset} is not allowed");
        }

        if (least == long.MinValue)
        {
            Reject(Errno.EINVAL, $"math between {pointer.TypeName} pointer and register with unbounded min value is not allowed");
        }

        if (least is >= MaximumOffset or <= -MaximumOffset)
        {
            Reject(Errno.EINVAL, $"value {least} makes {pointer.TypeName} pointer be out of bounds");
        }
    }

    /// <summary>Without CAP_PERFMON a pointer must stay in its object at every step (<c>sanitize_check_bounds</c>).</summary>
    private void CheckUnprivilegedPointer(int number, in RegisterState pointer)
    {
        if (Privileged)
        {
            return;
        }

        if (pointer.Type == RegisterType.Stack && !pointer.Range.IsConst)
        {
            Reject(Errno.EACCES, $"R{number} variable stack access prohibited for !root, var_off={pointer.VarOff} off={pointer.Offset}");
        }

        if (pointer.Type == RegisterType.Stack && pointer.Offset is < -FunctionState.MaximumStack or > 0)
        {
            Reject(Errno.EACCES, $"R{number} stack pointer arithmetic goes out of range, prohibited for !root");
        }

        if (pointer.Type == RegisterType.MapValue
            && (pointer.Range.SignedMin + pointer.Offset < 0 || pointer.Range.UnsignedMax > uint.MaxValue
                || (long)pointer.Range.UnsignedMax + pointer.Offset >= pointer.Map!.ValueSize))
        {
            Reject(Errno.EACCES, $"R{number} pointer arithmetic of map value goes out of range, prohibited for !root");
        }
    }

    private static string Symbol(AluOperation operation) => operation switch
    {
        AluOperation.Add => "+=",
        AluOperation.Sub => "-=",
        AluOperation.Mul => "*=",
        AluOperation.Div => "/=",
        AluOperation.Or => "|=",
        AluOperation.And => "&=",
        AluOperation.Lsh => "<<=",
        AluOperation.Rsh => ">>=",
        AluOperation.Neg => "neg",
        AluOperation.Mod => "%=",
        AluOperation.Xor => "^=",
        AluOperation.Mov => "=",
        AluOperation.Arsh => "s>>=",
        _ => "endian",
    };
}
