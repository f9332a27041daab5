using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Holdfast.Execution.Interpreter;

/// <summary>
/// The loop. One line an operation, so that meaning can be checked against RFC 9669 line by line; hence one long method.
/// </summary>
/// <remarks>
/// What makes the pointers safe: <c>ip</c> stays within the pinned code because the verifier checked every jump and that no path
/// falls off the end; <c>r</c> and the stack are locals; every address that a program dereferences was proven by the verifier.
/// </remarks>
internal sealed unsafe partial class InterpretedProgram
{
    /// <summary>Most times that <c>may_goto</c> falls through in one call of a function, <c>BPF_MAX_LOOPS</c>.</summary>
    internal const int MayGotoLimit = 8 << 20;

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private ulong Execute<TMode>(RunContext context, int start, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
        where TMode : struct, IInterpreterMode
    {
        StackFrame stack;
        Registers registers;
        ulong* r = (ulong*)&registers;
        DecodedInstruction* ip = _code + start;
        int mayGoto = MayGotoLimit;
        ulong lookedUp = 0;
        r[1] = r1;
        r[2] = r2;
        r[3] = r3;
        r[4] = r4;
        r[5] = r5;
        r[10] = (ulong)(&stack + 1);
        if (TMode.Instrumented)
        {
            Enter(context, start, r);
        }

        while (true)
        {
            if (TMode.Instrumented)
            {
                Before(context, ip, r, ref lookedUp);
            }

            switch (ip->Operation)
            {
                case Operation.Add64I: r[ip->Destination] += (ulong)ip->Immediate; break;
                case Operation.Sub64I: r[ip->Destination] -= (ulong)ip->Immediate; break;
                case Operation.Mul64I: r[ip->Destination] *= (ulong)ip->Immediate; break;
                case Operation.Div64I: r[ip->Destination] = Arithmetic.Div64(r[ip->Destination], (ulong)ip->Immediate); break;
                case Operation.Sdiv64I: r[ip->Destination] = (ulong)Arithmetic.Sdiv64((long)r[ip->Destination], ip->Immediate); break;
                case Operation.Or64I: r[ip->Destination] |= (ulong)ip->Immediate; break;
                case Operation.And64I: r[ip->Destination] &= (ulong)ip->Immediate; break;
                case Operation.Lsh64I: r[ip->Destination] <<= (int)ip->Immediate; break;
                case Operation.Rsh64I: r[ip->Destination] >>= (int)ip->Immediate; break;
                case Operation.Mod64I: r[ip->Destination] = Arithmetic.Mod64(r[ip->Destination], (ulong)ip->Immediate); break;
                case Operation.Smod64I: r[ip->Destination] = (ulong)Arithmetic.Smod64((long)r[ip->Destination], ip->Immediate); break;
                case Operation.Xor64I: r[ip->Destination] ^= (ulong)ip->Immediate; break;
                case Operation.Mov64I: r[ip->Destination] = (ulong)ip->Immediate; break;
                case Operation.Arsh64I: r[ip->Destination] = (ulong)((long)r[ip->Destination] >> (int)ip->Immediate); break;
                case Operation.Add64R: r[ip->Destination] += r[ip->Source]; break;
                case Operation.Sub64R: r[ip->Destination] -= r[ip->Source]; break;
                case Operation.Mul64R: r[ip->Destination] *= r[ip->Source]; break;
                case Operation.Div64R: r[ip->Destination] = Arithmetic.Div64(r[ip->Destination], r[ip->Source]); break;
                case Operation.Sdiv64R: r[ip->Destination] = (ulong)Arithmetic.Sdiv64((long)r[ip->Destination], (long)r[ip->Source]); break;
                case Operation.Or64R: r[ip->Destination] |= r[ip->Source]; break;
                case Operation.And64R: r[ip->Destination] &= r[ip->Source]; break;
                case Operation.Lsh64R: r[ip->Destination] <<= (int)r[ip->Source]; break;
                case Operation.Rsh64R: r[ip->Destination] >>= (int)r[ip->Source]; break;
                case Operation.Mod64R: r[ip->Destination] = Arithmetic.Mod64(r[ip->Destination], r[ip->Source]); break;
                case Operation.Smod64R: r[ip->Destination] = (ulong)Arithmetic.Smod64((long)r[ip->Destination], (long)r[ip->Source]); break;
                case Operation.Xor64R: r[ip->Destination] ^= r[ip->Source]; break;
                case Operation.Mov64R: r[ip->Destination] = r[ip->Source]; break;
                case Operation.Arsh64R: r[ip->Destination] = (ulong)((long)r[ip->Destination] >> (int)r[ip->Source]); break;
                case Operation.Add32I: r[ip->Destination] = (uint)r[ip->Destination] + (uint)ip->Immediate; break;
                case Operation.Sub32I: r[ip->Destination] = (uint)r[ip->Destination] - (uint)ip->Immediate; break;
                case Operation.Mul32I: r[ip->Destination] = (uint)r[ip->Destination] * (uint)ip->Immediate; break;
                case Operation.Div32I: r[ip->Destination] = Arithmetic.Div32((uint)r[ip->Destination], (uint)ip->Immediate); break;
                case Operation.Sdiv32I: r[ip->Destination] = (uint)Arithmetic.Sdiv32((int)r[ip->Destination], (int)ip->Immediate); break;
                case Operation.Or32I: r[ip->Destination] = (uint)r[ip->Destination] | (uint)ip->Immediate; break;
                case Operation.And32I: r[ip->Destination] = (uint)r[ip->Destination] & (uint)ip->Immediate; break;
                case Operation.Lsh32I: r[ip->Destination] = (uint)r[ip->Destination] << (int)ip->Immediate; break;
                case Operation.Rsh32I: r[ip->Destination] = (uint)r[ip->Destination] >> (int)ip->Immediate; break;
                case Operation.Mod32I: r[ip->Destination] = Arithmetic.Mod32((uint)r[ip->Destination], (uint)ip->Immediate); break;
                case Operation.Smod32I: r[ip->Destination] = (uint)Arithmetic.Smod32((int)r[ip->Destination], (int)ip->Immediate); break;
                case Operation.Xor32I: r[ip->Destination] = (uint)r[ip->Destination] ^ (uint)ip->Immediate; break;
                case Operation.Mov32I: r[ip->Destination] = (uint)ip->Immediate; break;
                case Operation.Arsh32I: r[ip->Destination] = (uint)((int)r[ip->Destination] >> (int)ip->Immediate); break;
                case Operation.Add32R: r[ip->Destination] = (uint)r[ip->Destination] + (uint)r[ip->Source]; break;
                case Operation.Sub32R: r[ip->Destination] = (uint)r[ip->Destination] - (uint)r[ip->Source]; break;
                case Operation.Mul32R: r[ip->Destination] = (uint)r[ip->Destination] * (uint)r[ip->Source]; break;
                case Operation.Div32R: r[ip->Destination] = Arithmetic.Div32((uint)r[ip->Destination], (uint)r[ip->Source]); break;
                case Operation.Sdiv32R: r[ip->Destination] = (uint)Arithmetic.Sdiv32((int)r[ip->Destination], (int)r[ip->Source]); break;
                case Operation.Or32R: r[ip->Destination] = (uint)r[ip->Destination] | (uint)r[ip->Source]; break;
                case Operation.And32R: r[ip->Destination] = (uint)r[ip->Destination] & (uint)r[ip->Source]; break;
                case Operation.Lsh32R: r[ip->Destination] = (uint)r[ip->Destination] << (int)r[ip->Source]; break;
                case Operation.Rsh32R: r[ip->Destination] = (uint)r[ip->Destination] >> (int)r[ip->Source]; break;
                case Operation.Mod32R: r[ip->Destination] = Arithmetic.Mod32((uint)r[ip->Destination], (uint)r[ip->Source]); break;
                case Operation.Smod32R: r[ip->Destination] = (uint)Arithmetic.Smod32((int)r[ip->Destination], (int)r[ip->Source]); break;
                case Operation.Xor32R: r[ip->Destination] = (uint)r[ip->Destination] ^ (uint)r[ip->Source]; break;
                case Operation.Mov32R: r[ip->Destination] = (uint)r[ip->Source]; break;
                case Operation.Arsh32R: r[ip->Destination] = (uint)((int)r[ip->Destination] >> (int)r[ip->Source]); break;
                case Operation.Neg64: r[ip->Destination] = 0 - r[ip->Destination]; break;
                case Operation.Neg32: r[ip->Destination] = 0 - (uint)r[ip->Destination]; break;
                case Operation.MovSx8To64: r[ip->Destination] = (ulong)(sbyte)r[ip->Source]; break;
                case Operation.MovSx16To64: r[ip->Destination] = (ulong)(short)r[ip->Source]; break;
                case Operation.MovSx32To64: r[ip->Destination] = (ulong)(int)r[ip->Source]; break;
                case Operation.MovSx8To32: r[ip->Destination] = (uint)(sbyte)r[ip->Source]; break;
                case Operation.MovSx16To32: r[ip->Destination] = (uint)(short)r[ip->Source]; break;
                case Operation.Swap16: r[ip->Destination] = BinaryPrimitives.ReverseEndianness((ushort)r[ip->Destination]); break;
                case Operation.Swap32: r[ip->Destination] = BinaryPrimitives.ReverseEndianness((uint)r[ip->Destination]); break;
                case Operation.Swap64: r[ip->Destination] = BinaryPrimitives.ReverseEndianness(r[ip->Destination]); break;
                case Operation.Truncate16: r[ip->Destination] = (ushort)r[ip->Destination]; break;
                case Operation.Truncate32: r[ip->Destination] = (uint)r[ip->Destination]; break;
                case Operation.LoadImmediate64: r[ip->Destination] = (ulong)ip->Immediate; ip++; break;
                case Operation.Skip: break;
                case Operation.Goto: ip += ip->Offset; break;
                case Operation.MayGoto: if (mayGoto == 0) ip += ip->Offset; else mayGoto--; break;
                case Operation.Jeq64I: if (r[ip->Destination] == (ulong)ip->Immediate) ip += ip->Offset; break;
                case Operation.Jgt64I: if (r[ip->Destination] > (ulong)ip->Immediate) ip += ip->Offset; break;
                case Operation.Jge64I: if (r[ip->Destination] >= (ulong)ip->Immediate) ip += ip->Offset; break;
                case Operation.Jset64I: if ((r[ip->Destination] & (ulong)ip->Immediate) != 0) ip += ip->Offset; break;
                case Operation.Jne64I: if (r[ip->Destination] != (ulong)ip->Immediate) ip += ip->Offset; break;
                case Operation.Jsgt64I: if ((long)r[ip->Destination] > ip->Immediate) ip += ip->Offset; break;
                case Operation.Jsge64I: if ((long)r[ip->Destination] >= ip->Immediate) ip += ip->Offset; break;
                case Operation.Jlt64I: if (r[ip->Destination] < (ulong)ip->Immediate) ip += ip->Offset; break;
                case Operation.Jle64I: if (r[ip->Destination] <= (ulong)ip->Immediate) ip += ip->Offset; break;
                case Operation.Jslt64I: if ((long)r[ip->Destination] < ip->Immediate) ip += ip->Offset; break;
                case Operation.Jsle64I: if ((long)r[ip->Destination] <= ip->Immediate) ip += ip->Offset; break;
                case Operation.Jeq64R: if (r[ip->Destination] == r[ip->Source]) ip += ip->Offset; break;
                case Operation.Jgt64R: if (r[ip->Destination] > r[ip->Source]) ip += ip->Offset; break;
                case Operation.Jge64R: if (r[ip->Destination] >= r[ip->Source]) ip += ip->Offset; break;
                case Operation.Jset64R: if ((r[ip->Destination] & r[ip->Source]) != 0) ip += ip->Offset; break;
                case Operation.Jne64R: if (r[ip->Destination] != r[ip->Source]) ip += ip->Offset; break;
                case Operation.Jsgt64R: if ((long)r[ip->Destination] > (long)r[ip->Source]) ip += ip->Offset; break;
                case Operation.Jsge64R: if ((long)r[ip->Destination] >= (long)r[ip->Source]) ip += ip->Offset; break;
                case Operation.Jlt64R: if (r[ip->Destination] < r[ip->Source]) ip += ip->Offset; break;
                case Operation.Jle64R: if (r[ip->Destination] <= r[ip->Source]) ip += ip->Offset; break;
                case Operation.Jslt64R: if ((long)r[ip->Destination] < (long)r[ip->Source]) ip += ip->Offset; break;
                case Operation.Jsle64R: if ((long)r[ip->Destination] <= (long)r[ip->Source]) ip += ip->Offset; break;
                case Operation.Jeq32I: if ((uint)r[ip->Destination] == (uint)ip->Immediate) ip += ip->Offset; break;
                case Operation.Jgt32I: if ((uint)r[ip->Destination] > (uint)ip->Immediate) ip += ip->Offset; break;
                case Operation.Jge32I: if ((uint)r[ip->Destination] >= (uint)ip->Immediate) ip += ip->Offset; break;
                case Operation.Jset32I: if (((uint)r[ip->Destination] & (uint)ip->Immediate) != 0) ip += ip->Offset; break;
                case Operation.Jne32I: if ((uint)r[ip->Destination] != (uint)ip->Immediate) ip += ip->Offset; break;
                case Operation.Jsgt32I: if ((int)r[ip->Destination] > (int)ip->Immediate) ip += ip->Offset; break;
                case Operation.Jsge32I: if ((int)r[ip->Destination] >= (int)ip->Immediate) ip += ip->Offset; break;
                case Operation.Jlt32I: if ((uint)r[ip->Destination] < (uint)ip->Immediate) ip += ip->Offset; break;
                case Operation.Jle32I: if ((uint)r[ip->Destination] <= (uint)ip->Immediate) ip += ip->Offset; break;
                case Operation.Jslt32I: if ((int)r[ip->Destination] < (int)ip->Immediate) ip += ip->Offset; break;
                case Operation.Jsle32I: if ((int)r[ip->Destination] <= (int)ip->Immediate) ip += ip->Offset; break;
                case Operation.Jeq32R: if ((uint)r[ip->Destination] == (uint)r[ip->Source]) ip += ip->Offset; break;
                case Operation.Jgt32R: if ((uint)r[ip->Destination] > (uint)r[ip->Source]) ip += ip->Offset; break;
                case Operation.Jge32R: if ((uint)r[ip->Destination] >= (uint)r[ip->Source]) ip += ip->Offset; break;
                case Operation.Jset32R: if (((uint)r[ip->Destination] & (uint)r[ip->Source]) != 0) ip += ip->Offset; break;
                case Operation.Jne32R: if ((uint)r[ip->Destination] != (uint)r[ip->Source]) ip += ip->Offset; break;
                case Operation.Jsgt32R: if ((int)r[ip->Destination] > (int)r[ip->Source]) ip += ip->Offset; break;
                case Operation.Jsge32R: if ((int)r[ip->Destination] >= (int)r[ip->Source]) ip += ip->Offset; break;
                case Operation.Jlt32R: if ((uint)r[ip->Destination] < (uint)r[ip->Source]) ip += ip->Offset; break;
                case Operation.Jle32R: if ((uint)r[ip->Destination] <= (uint)r[ip->Source]) ip += ip->Offset; break;
                case Operation.Jslt32R: if ((int)r[ip->Destination] < (int)r[ip->Source]) ip += ip->Offset; break;
                case Operation.Jsle32R: if ((int)r[ip->Destination] <= (int)r[ip->Source]) ip += ip->Offset; break;
                case Operation.Load8: r[ip->Destination] = *(byte*)(r[ip->Source] + (ulong)ip->Offset); break;
                case Operation.Load16: r[ip->Destination] = *(ushort*)(r[ip->Source] + (ulong)ip->Offset); break;
                case Operation.Load32: r[ip->Destination] = *(uint*)(r[ip->Source] + (ulong)ip->Offset); break;
                case Operation.Load64: r[ip->Destination] = *(ulong*)(r[ip->Source] + (ulong)ip->Offset); break;
                case Operation.LoadSx8: r[ip->Destination] = (ulong)*(sbyte*)(r[ip->Source] + (ulong)ip->Offset); break;
                case Operation.LoadSx16: r[ip->Destination] = (ulong)*(short*)(r[ip->Source] + (ulong)ip->Offset); break;
                case Operation.LoadSx32: r[ip->Destination] = (ulong)*(int*)(r[ip->Source] + (ulong)ip->Offset); break;
                case Operation.ProbedLoad8: r[ip->Destination] = ProbedMemory.Load8(r[ip->Source] + (ulong)ip->Offset); break;
                case Operation.ProbedLoad16: r[ip->Destination] = ProbedMemory.Load16(r[ip->Source] + (ulong)ip->Offset); break;
                case Operation.ProbedLoad32: r[ip->Destination] = ProbedMemory.Load32(r[ip->Source] + (ulong)ip->Offset); break;
                case Operation.ProbedLoad64: r[ip->Destination] = ProbedMemory.Load64(r[ip->Source] + (ulong)ip->Offset); break;
                case Operation.ProbedLoadSx8: r[ip->Destination] = (ulong)(sbyte)ProbedMemory.Load8(r[ip->Source] + (ulong)ip->Offset); break;
                case Operation.ProbedLoadSx16: r[ip->Destination] = (ulong)(short)ProbedMemory.Load16(r[ip->Source] + (ulong)ip->Offset); break;
                case Operation.ProbedLoadSx32: r[ip->Destination] = (ulong)(int)ProbedMemory.Load32(r[ip->Source] + (ulong)ip->Offset); break;
                case Operation.Store8: *(byte*)(r[ip->Destination] + (ulong)ip->Offset) = (byte)r[ip->Source]; break;
                case Operation.Store16: *(ushort*)(r[ip->Destination] + (ulong)ip->Offset) = (ushort)r[ip->Source]; break;
                case Operation.Store32: *(uint*)(r[ip->Destination] + (ulong)ip->Offset) = (uint)r[ip->Source]; break;
                case Operation.Store64: *(ulong*)(r[ip->Destination] + (ulong)ip->Offset) = r[ip->Source]; break;
                case Operation.StoreImmediate8: *(byte*)(r[ip->Destination] + (ulong)ip->Offset) = (byte)ip->Immediate; break;
                case Operation.StoreImmediate16: *(ushort*)(r[ip->Destination] + (ulong)ip->Offset) = (ushort)ip->Immediate; break;
                case Operation.StoreImmediate32: *(uint*)(r[ip->Destination] + (ulong)ip->Offset) = (uint)ip->Immediate; break;
                case Operation.StoreImmediate64: *(ulong*)(r[ip->Destination] + (ulong)ip->Offset) = (ulong)ip->Immediate; break;
                case Operation.Add32Atomic: Arithmetic.Add32((uint*)(r[ip->Destination] + (ulong)ip->Offset), (uint)r[ip->Source]); break;
                case Operation.Add64Atomic: Arithmetic.Add64((ulong*)(r[ip->Destination] + (ulong)ip->Offset), r[ip->Source]); break;
                case Operation.Or32Atomic: Arithmetic.FetchOr32((uint*)(r[ip->Destination] + (ulong)ip->Offset), (uint)r[ip->Source]); break;
                case Operation.Or64Atomic: Arithmetic.FetchOr64((ulong*)(r[ip->Destination] + (ulong)ip->Offset), r[ip->Source]); break;
                case Operation.And32Atomic: Arithmetic.FetchAnd32((uint*)(r[ip->Destination] + (ulong)ip->Offset), (uint)r[ip->Source]); break;
                case Operation.And64Atomic: Arithmetic.FetchAnd64((ulong*)(r[ip->Destination] + (ulong)ip->Offset), r[ip->Source]); break;
                case Operation.Xor32Atomic: Arithmetic.FetchXor32((uint*)(r[ip->Destination] + (ulong)ip->Offset), (uint)r[ip->Source]); break;
                case Operation.Xor64Atomic: Arithmetic.FetchXor64((ulong*)(r[ip->Destination] + (ulong)ip->Offset), r[ip->Source]); break;
                case Operation.FetchAdd32: r[ip->Source] = Arithmetic.FetchAdd32((uint*)(r[ip->Destination] + (ulong)ip->Offset), (uint)r[ip->Source]); break;
                case Operation.FetchAdd64: r[ip->Source] = Arithmetic.FetchAdd64((ulong*)(r[ip->Destination] + (ulong)ip->Offset), r[ip->Source]); break;
                case Operation.FetchOr32: r[ip->Source] = Arithmetic.FetchOr32((uint*)(r[ip->Destination] + (ulong)ip->Offset), (uint)r[ip->Source]); break;
                case Operation.FetchOr64: r[ip->Source] = Arithmetic.FetchOr64((ulong*)(r[ip->Destination] + (ulong)ip->Offset), r[ip->Source]); break;
                case Operation.FetchAnd32: r[ip->Source] = Arithmetic.FetchAnd32((uint*)(r[ip->Destination] + (ulong)ip->Offset), (uint)r[ip->Source]); break;
                case Operation.FetchAnd64: r[ip->Source] = Arithmetic.FetchAnd64((ulong*)(r[ip->Destination] + (ulong)ip->Offset), r[ip->Source]); break;
                case Operation.FetchXor32: r[ip->Source] = Arithmetic.FetchXor32((uint*)(r[ip->Destination] + (ulong)ip->Offset), (uint)r[ip->Source]); break;
                case Operation.FetchXor64: r[ip->Source] = Arithmetic.FetchXor64((ulong*)(r[ip->Destination] + (ulong)ip->Offset), r[ip->Source]); break;
                case Operation.Exchange32: r[ip->Source] = Arithmetic.Exchange32((uint*)(r[ip->Destination] + (ulong)ip->Offset), (uint)r[ip->Source]); break;
                case Operation.Exchange64: r[ip->Source] = Arithmetic.Exchange64((ulong*)(r[ip->Destination] + (ulong)ip->Offset), r[ip->Source]); break;
                case Operation.CompareExchange32: r[0] = Arithmetic.CompareExchange32((uint*)(r[ip->Destination] + (ulong)ip->Offset), (uint)r[0], (uint)r[ip->Source]); break;
                case Operation.CompareExchange64: r[0] = Arithmetic.CompareExchange64((ulong*)(r[ip->Destination] + (ulong)ip->Offset), r[0], r[ip->Source]); break;
                case Operation.LoadAcquire8: r[ip->Destination] = Volatile.Read(ref *(byte*)(r[ip->Source] + (ulong)ip->Offset)); break;
                case Operation.LoadAcquire16: r[ip->Destination] = Volatile.Read(ref *(ushort*)(r[ip->Source] + (ulong)ip->Offset)); break;
                case Operation.LoadAcquire32: r[ip->Destination] = Volatile.Read(ref *(uint*)(r[ip->Source] + (ulong)ip->Offset)); break;
                case Operation.LoadAcquire64: r[ip->Destination] = Volatile.Read(ref *(ulong*)(r[ip->Source] + (ulong)ip->Offset)); break;
                case Operation.StoreRelease8: Volatile.Write(ref *(byte*)(r[ip->Destination] + (ulong)ip->Offset), (byte)r[ip->Source]); break;
                case Operation.StoreRelease16: Volatile.Write(ref *(ushort*)(r[ip->Destination] + (ulong)ip->Offset), (ushort)r[ip->Source]); break;
                case Operation.StoreRelease32: Volatile.Write(ref *(uint*)(r[ip->Destination] + (ulong)ip->Offset), (uint)r[ip->Source]); break;
                case Operation.StoreRelease64: Volatile.Write(ref *(ulong*)(r[ip->Destination] + (ulong)ip->Offset), r[ip->Source]); break;
                case Operation.LoadPacketAbsolute or Operation.LoadPacketIndirect:
                    ulong offset = (ulong)ip->Immediate + (ip->Operation == Operation.LoadPacketIndirect ? r[ip->Source] : 0);
                    if (!context.TryLoadPacket((int)offset, ip->Destination, out uint loaded))
                    {
                        r[0] = 0;
                        goto case Operation.Exit;
                    }

                    r[0] = loaded;
                    break;
                case Operation.CallHelper:
                    r[0] = ((delegate* managed<RunContext, ulong, ulong, ulong, ulong, ulong, ulong>)ip->Immediate)(
                        context, r[1], r[2], r[3], r[4], r[5]);
                    if (TMode.Instrumented)
                    {
                        AfterHelper(context, lookedUp, r[0]);
                    }

                    break;
                case Operation.CallLocal:
                    r[0] = Execute<TMode>(context, ip->Offset, r[1], r[2], r[3], r[4], r[5]);
                    break;
                case Operation.TailCall:
                    if (TailCalls.Resolve(context, r[2], r[3]) is { } target)
                    {
                        if (TMode.Instrumented)
                        {
                            Leave(context);
                        }

                        return target(context, (nint)r[1]);
                    }

                    break;
                case Operation.Exit:
                    if (TMode.Instrumented)
                    {
                        Leave(context);
                    }

                    return r[0];
                default:
                    throw new UnreachableException($"ran into instruction {ip - _code}, which the verifier holds for unreachable");
            }

            ip++;
        }
    }

    [InlineArray(11)]
    private struct Registers
    {
        private ulong _first;
    }
}
