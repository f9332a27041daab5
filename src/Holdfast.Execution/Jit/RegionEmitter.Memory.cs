using System.Reflection;
using System.Reflection.Emit;
using Holdfast.Isa.Instructions;
using Holdfast.Verifier;

namespace Holdfast.Execution.Jit;

/// <summary>Loads, stores and atomics. Every address was proven by the verifier, but for probed loads, which ask the kernel.</summary>
internal sealed partial class RegionEmitter
{
    private void EmitLoad(int slot, Instruction instruction)
    {
        bool signed = instruction.MemoryMode == MemoryMode.MemSx;
        Address(instruction.Source, instruction.Offset);
        if (_program.Verified.Facts[slot].Region is MemoryRegion.Probed or MemoryRegion.Arena)
        {
            _il.Emit(OpCodes.Call, Method(typeof(ProbedMemory), "Load" + (instruction.AccessBytes * 8)));
            if (signed)
            {
                _il.Emit(instruction.AccessBytes switch { 1 => OpCodes.Conv_I1, 2 => OpCodes.Conv_I2, _ => OpCodes.Conv_I4 });
                _il.Emit(OpCodes.Conv_I8);
            }
        }
        else
        {
            _il.Emit((instruction.AccessBytes, signed) switch
            {
                (1, false) => OpCodes.Ldind_U1,
                (2, false) => OpCodes.Ldind_U2,
                (4, false) => OpCodes.Ldind_U4,
                (1, true) => OpCodes.Ldind_I1,
                (2, true) => OpCodes.Ldind_I2,
                (4, true) => OpCodes.Ldind_I4,
                _ => OpCodes.Ldind_I8,
            });
            _il.Emit(signed ? OpCodes.Conv_I8 : OpCodes.Conv_U8);
        }

        Define(slot);
    }

    private void EmitStore(Instruction instruction)
    {
        Address(instruction.Destination, instruction.Offset);
        if (instruction.Class == InstructionClass.St)
        {
            _il.Emit(OpCodes.Ldc_I8, (long)instruction.Immediate);
        }
        else
        {
            Load(instruction.Source);
        }

        if (instruction.AccessBytes < 8)
        {
            _il.Emit(OpCodes.Conv_I4);
        }

        _il.Emit(instruction.AccessBytes switch
        {
            1 => OpCodes.Stind_I1,
            2 => OpCodes.Stind_I2,
            4 => OpCodes.Stind_I4,
            _ => OpCodes.Stind_I8,
        });
    }

    private void Address(int register, int offset)
    {
        if (register == 10)
        {
            StackAddress(offset);
            return;
        }

        Load(register);
        AddConstant(offset);
    }

    private void EmitAtomic(int slot, Instruction instruction)
    {
        bool wide = instruction.MemorySize == MemorySize.Double;
        string bits = wide ? "64" : "32";
        switch (instruction.AtomicOperation)
        {
            case AtomicOperation.LoadAcquire:
                Address(instruction.Source, instruction.Offset);
                _il.Emit(OpCodes.Call, VolatileMethod(nameof(Volatile.Read), instruction.AccessBytes));
                _il.Emit(OpCodes.Conv_U8);
                Define(slot);
                return;
            case AtomicOperation.StoreRelease:
                Address(instruction.Destination, instruction.Offset);
                Load(instruction.Source);
                Narrow(instruction.AccessBytes);
                _il.Emit(OpCodes.Call, VolatileMethod(nameof(Volatile.Write), instruction.AccessBytes));
                return;
            case AtomicOperation.CmpXchg:
                Address(instruction.Destination, instruction.Offset);
                LoadNarrow(0, wide);
                LoadNarrow(instruction.Source, wide);
                _il.Emit(OpCodes.Call, Method(typeof(Arithmetic), nameof(Arithmetic.CompareExchange64)[..^2] + bits));
                Widen(wide);
                Define(slot);
                return;
            default:
                EmitReadModifyWrite(slot, instruction, wide, bits);
                return;
        }
    }

    private void EmitReadModifyWrite(int slot, Instruction instruction, bool wide, string bits)
    {
        Address(instruction.Destination, instruction.Offset);
        LoadNarrow(instruction.Source, wide);
        string name = instruction.AtomicOperation switch
        {
            AtomicOperation.Xchg => "Exchange",
            AtomicOperation.Add => "Add",
            AtomicOperation.FetchAdd => "FetchAdd",
            AtomicOperation.Or or AtomicOperation.FetchOr => "FetchOr",
            AtomicOperation.And or AtomicOperation.FetchAnd => "FetchAnd",
            _ => "FetchXor",
        };
        MethodInfo method = Method(typeof(Arithmetic), name + bits);
        _il.Emit(OpCodes.Call, method);
        if (_graph.Effects(slot).Definition >= 0)
        {
            Widen(wide);
            Define(slot);
        }
        else if (method.ReturnType != typeof(void))
        {
            _il.Emit(OpCodes.Pop);
        }
    }

    private void Narrow(int bytes)
    {
        if (bytes < 8)
        {
            _il.Emit(bytes switch { 1 => OpCodes.Conv_U1, 2 => OpCodes.Conv_U2, _ => OpCodes.Conv_U4 });
        }
    }

    private static MethodInfo VolatileMethod(string name, int bytes)
    {
        Type type = bytes switch
        {
            1 => typeof(byte),
            2 => typeof(ushort),
            4 => typeof(uint),
            _ => typeof(ulong),
        };
        Type[] parameters = name == nameof(Volatile.Read) ? [type.MakeByRefType()] : [type.MakeByRefType(), type];
        return typeof(Volatile).GetMethod(name, parameters)!;
    }
}
