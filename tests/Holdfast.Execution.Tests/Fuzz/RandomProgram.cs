using Holdfast.Isa.Instructions;

namespace Holdfast.Execution.Tests.Fuzz;

/// <summary>
/// Makes random programs that any verifier accepts: scalars in r0 to r8, initialised stack, jumps only forward. r9 holds the
/// address of the entry memory; at the end all registers and the stack are written there, so that nothing stays hidden.
/// </summary>
internal static class RandomProgram
{
    /// <summary>Registers that hold scalars: r0 to r8.</summary>
    public const int Scalars = 9;

    /// <summary>Bytes of stack used.</summary>
    public const int StackBytes = 64;

    /// <summary>Bytes behind r1: start values of registers and stack, results at the end.</summary>
    public const int MemoryBytes = (Scalars * 8) + StackBytes;

    private static readonly AluOperation[] Binary =
    [
        AluOperation.Add, AluOperation.Sub, AluOperation.Mul, AluOperation.Div, AluOperation.Or, AluOperation.And,
        AluOperation.Lsh, AluOperation.Rsh, AluOperation.Mod, AluOperation.Xor, AluOperation.Mov, AluOperation.Arsh,
    ];

    private static readonly JumpOperation[] Jumps =
    [
        JumpOperation.Jeq, JumpOperation.Jgt, JumpOperation.Jge, JumpOperation.Jset, JumpOperation.Jne, JumpOperation.Jsgt,
        JumpOperation.Jsge, JumpOperation.Jlt, JumpOperation.Jle, JumpOperation.Jslt, JumpOperation.Jsle,
    ];

    private static readonly AtomicOperation[] Atomics =
    [
        AtomicOperation.Add, AtomicOperation.Or, AtomicOperation.And, AtomicOperation.Xor,
        AtomicOperation.FetchAdd, AtomicOperation.FetchOr, AtomicOperation.FetchAnd, AtomicOperation.FetchXor,
        AtomicOperation.Xchg, AtomicOperation.CmpXchg, AtomicOperation.LoadAcquire, AtomicOperation.StoreRelease,
    ];

    private static readonly MemorySize[] Sizes = [MemorySize.Byte, MemorySize.Half, MemorySize.Word, MemorySize.Double];

    /// <summary>Makes a program.</summary>
    /// <param name="seed">Decides all of it.</param>
    /// <param name="length">Random instructions between beginning and end.</param>
    /// <param name="zeroExtend">
    /// Whether to cut r0 after each 32-bit compare-and-exchange: Linux 6.18.44 sometimes leaves the upper half of r0 in place when
    /// the exchange succeeds, against RFC 9669 section 5.3.
    /// </param>
    /// <returns>The program.</returns>
    public static Instruction[] Create(int seed, int length, bool zeroExtend = false)
    {
        // Reproducible by seed, nothing to do with security.
        Random random = new(seed);
        List<Instruction> code = [];
        AddBeginning(code);
        int first = code.Count;
        List<Instruction[]> body = [.. Enumerable.Range(0, length).Select(_ => Any(random)).Select(i => zeroExtend ? ZeroExtended(i) : i)];
        int[] slots = new int[length + 1];
        for (int i = 0; i < length; i++)
        {
            slots[i + 1] = slots[i] + body[i].Length;
        }

        for (int i = 0; i < length; i++)
        {
            Instruction last = body[i][^1];
            if (last.IsConditionalJump || last.IsUnconditionalJump)
            {
                int target = slots[Math.Min(length, i + 1 + random.Next(random.Next(4) == 0 ? 60 : 6))];
                body[i][^1] = Aim(last, target - slots[i + 1]);
            }

            code.AddRange(body[i]);
        }

        Assert.Equal(first + slots[length], code.Count);
        AddEnd(code);
        return [.. code];
    }

    /// <summary>Makes start values: many of them on the edges of ranges.</summary>
    public static byte[] Memory(int seed)
    {
        Random random = new(seed);
        byte[] memory = new byte[MemoryBytes];
        for (int i = 0; i < memory.Length; i += 8)
        {
            BitConverter.TryWriteBytes(memory.AsSpan(i), Interesting(random));
        }

        return memory;
    }

    private static ulong Interesting(Random random) => random.Next(8) switch
    {
        0 => 0,
        1 => ulong.MaxValue,
        2 => 1ul << random.Next(64),
        3 => (1ul << random.Next(64)) - 1,
        4 => unchecked((ulong)-random.Next(300)),
        5 => (ulong)random.Next(300),
        6 => (uint)random.Next() * 2ul,
        _ => (ulong)random.NextInt64() * 2,
    };

    private static void AddBeginning(List<Instruction> code)
    {
        code.Add(Insn.Mov64Reg(9, 1));
        for (int i = 0; i < StackBytes / 8; i++)
        {
            code.Add(Insn.Load(MemorySize.Double, 0, 9, (short)((Scalars + i) * 8)));
            code.Add(Insn.Store(MemorySize.Double, 10, (short)(-StackBytes + (i * 8)), 0));
        }

        for (byte i = 0; i < Scalars; i++)
        {
            code.Add(Insn.Load(MemorySize.Double, i, 9, (short)(i * 8)));
        }
    }

    private static void AddEnd(List<Instruction> code)
    {
        for (byte i = 0; i < Scalars; i++)
        {
            code.Add(Insn.Store(MemorySize.Double, 9, (short)(i * 8), i));
        }

        for (int i = 0; i < StackBytes / 8; i++)
        {
            code.Add(Insn.Load(MemorySize.Double, 1, 10, (short)(-StackBytes + (i * 8))));
            code.Add(Insn.Store(MemorySize.Double, 9, (short)((Scalars + i) * 8), 1));
        }

        code.Add(Insn.Mov64Imm(0, 0));
        code.Add(Insn.Exit());
    }

    private static Instruction Aim(Instruction jump, int distance) => jump.Class == InstructionClass.Jmp32 && jump.IsUnconditionalJump
        ? Insn.GotoLong(distance)
        : new(jump.Opcode, jump.Destination, jump.Source, (short)distance, jump.Immediate);

    private static Instruction[] Any(Random random) => random.Next(20) switch
    {
        < 8 => [Arithmetic(random)],
        < 10 => [Unary(random)],
        < 12 => Jump(random),
        < 16 => [Memory(random)],
        < 19 => [Atomic(random)],
        _ => Insn.LoadImmediate64(Register(random), Interesting(random)),
    };

    private static Instruction[] ZeroExtended(Instruction[] item) =>
        item is [{ IsAtomic: true, AtomicOperation: AtomicOperation.CmpXchg, MemorySize: MemorySize.Word } exchange]
            ? [exchange, Insn.Mov32Reg(0, 0)]
            : item;

    private static byte Register(Random random) => (byte)random.Next(Scalars);

    private static int Immediate(Random random) => (int)Interesting(random);

    private static Instruction Arithmetic(Random random)
    {
        AluOperation operation = Binary[random.Next(Binary.Length)];
        bool wide = random.Next(2) == 0;
        bool divides = operation is AluOperation.Div or AluOperation.Mod;
        short offset = (short)(divides ? random.Next(2) : 0);
        if (random.Next(2) == 0)
        {
            byte source = Register(random);
            return wide ? Insn.Alu64Reg(operation, Register(random), source, offset) : Insn.Alu32Reg(operation, Register(random), source, offset);
        }

        int immediate = Immediate(random);
        if (operation is AluOperation.Lsh or AluOperation.Rsh or AluOperation.Arsh)
        {
            immediate &= wide ? 63 : 31;
        }
        else if (divides && immediate == 0)
        {
            immediate = -1;
        }

        return wide ? Insn.Alu64Imm(operation, Register(random), immediate, offset) : Insn.Alu32Imm(operation, Register(random), immediate, offset);
    }

    private static Instruction Unary(Random random)
    {
        byte register = Register(random);
        int bits = 16 << random.Next(3);
        return random.Next(7) switch
        {
            0 => Insn.Neg64(register),
            1 => Insn.Alu32Imm(AluOperation.Neg, register, 0),
            2 => Insn.ToLittleEndian(register, bits),
            3 => Insn.ToBigEndian(register, bits),
            4 => Insn.ByteSwap(register, bits),
            5 => Insn.MovSx64(register, Register(random), (short)(8 << random.Next(3))),
            _ => Insn.MovSx32(register, Register(random), (short)(8 << random.Next(2))),
        };
    }

    /// <summary>A jump, its distance to be filled in. An unconditional one can be skipped: the kernel wants no unreachable code.</summary>
    private static Instruction[] Jump(Random random)
    {
        JumpOperation operation = Jumps[random.Next(Jumps.Length)];
        byte register = Register(random);
        return random.Next(17) switch
        {
            0 => [Insn.JumpImm(operation, register, Immediate(random), 1), Insn.GotoLong(0)],
            < 5 => [Insn.JumpImm(operation, register, Immediate(random), 0)],
            < 9 => [Insn.JumpReg(operation, register, Register(random), 0)],
            < 13 => [Insn.Jump32Imm(operation, register, Immediate(random), 0)],
            _ => [Insn.Jump32Reg(operation, register, Register(random), 0)],
        };
    }

    /// <summary>Mostly in the same two words, so that accesses meet.</summary>
    private static short StackOffset(Random random, MemorySize size)
    {
        int bytes = Bytes(size);
        int range = random.Next(3) == 0 ? StackBytes : 16;
        return (short)(-StackBytes + (random.Next(range / bytes) * bytes));
    }

    private static int Bytes(MemorySize size) => size switch
    {
        MemorySize.Byte => 1,
        MemorySize.Half => 2,
        MemorySize.Word => 4,
        _ => 8,
    };

    private static Instruction Memory(Random random)
    {
        MemorySize size = Sizes[random.Next(4)];
        short offset = StackOffset(random, size);
        byte register = Register(random);
        return random.Next(4) switch
        {
            0 => Insn.Store(size, 10, offset, register),
            1 => Insn.StoreImm(size, 10, offset, Immediate(random)),
            2 when size != MemorySize.Double => Insn.LoadSx(size, register, 10, offset),
            _ => Insn.Load(size, register, 10, offset),
        };
    }

    private static Instruction Atomic(Random random)
    {
        AtomicOperation operation = Atomics[random.Next(Atomics.Length)];
        bool ordered = operation is AtomicOperation.LoadAcquire or AtomicOperation.StoreRelease;
        MemorySize size = Sizes[ordered ? random.Next(4) : 2 + random.Next(2)];
        short offset = StackOffset(random, size);
        byte register = Register(random);
        return operation == AtomicOperation.LoadAcquire
            ? Insn.Atomic(operation, size, register, offset, 10)
            : Insn.Atomic(operation, size, 10, offset, register);
    }
}
