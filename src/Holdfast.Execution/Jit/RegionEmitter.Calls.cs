using System.Reflection;
using System.Reflection.Emit;
using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;

namespace Holdfast.Execution.Jit;

/// <summary>Calls of helpers, kfuncs, functions of the program, and tail calls.</summary>
internal sealed unsafe partial class RegionEmitter
{
    private static readonly Type[] HelperParameters =
        [typeof(RunContext), typeof(ulong), typeof(ulong), typeof(ulong), typeof(ulong), typeof(ulong)];

    private static readonly FieldInfo HeldSlot = typeof(RunContext).GetField(nameof(RunContext.HeldSlot), BindingFlags.Instance | BindingFlags.NonPublic)!;

    private void EmitCall(int slot, Instruction instruction)
    {
        if (ProgramBindings.IsTailCall(instruction))
        {
            EmitTailCall(slot);
        }
        else if (instruction.IsLocalCall)
        {
            EmitLocalCall(slot, instruction);
        }
        else if (!TryEmitMapCall(slot, instruction))
        {
            EmitHelperCall(slot);
        }

        foreach (int register in RegisterSet.Arguments)
        {
            _current[register] = -1;
        }
    }

    private void EmitHelperCall(int slot)
    {
        RegisterSet taken = _graph.Effects(slot).Uses;
        _il.Emit(OpCodes.Ldarg_1);
        foreach (int register in RegisterSet.Arguments)
        {
            if (taken.Contains(register) && _current[register] >= 0)
            {
                Load(register);
            }
            else
            {
                _il.Emit(OpCodes.Ldc_I8, 0L);
            }
        }

        _il.Emit(OpCodes.Ldc_I8, (long)ProgramBindings.CallTarget(_program, slot));
        _il.Emit(OpCodes.Conv_I);
        _il.EmitCalli(OpCodes.Calli, CallingConventions.Standard, typeof(ulong), HelperParameters, null);
        Define(slot);
    }

    private void EmitLocalCall(int slot, Instruction instruction)
    {
        int start = instruction.JumpTarget(slot)!.Value;
        CompiledFunction callee = _compiled.First(function => function?.Graph.Subprogram.Start == start)!;
        _il.Emit(OpCodes.Ldarg_0);
        _il.Emit(OpCodes.Ldarg_1);
        foreach (int register in callee.Graph.Parameters)
        {
            // Helper calls may read every argument register, so a callee may name as a parameter what holds nothing here.
            if (_current[register] >= 0)
            {
                Load(register);
            }
            else
            {
                _il.Emit(OpCodes.Ldc_I8, 0L);
            }
        }

        _il.Emit(OpCodes.Call, callee.Method);
        Define(slot);
    }

    /// <summary>Goes on in another program, in this function's place; the next instruction runs only if that fails.</summary>
    private void EmitTailCall(int slot)
    {
        Label failed = _il.DefineLabel();
        _tailTarget ??= _il.DeclareLocal(typeof(ProgramEntry));
        EmitResolve(slot);
        _il.Emit(OpCodes.Stloc, _tailTarget);
        _il.Emit(OpCodes.Ldloc, _tailTarget);
        _il.Emit(OpCodes.Brfalse, failed);
        if (_inRegions)
        {
            _il.Emit(OpCodes.Ldarg_2);
            Load(1);
            _il.Emit(OpCodes.Stfld, ChunkFrame.Register(1));
            _il.Emit(OpCodes.Ldc_I4, ChunkedFunction.TailCall);
        }
        else
        {
            _il.Emit(OpCodes.Ldloc, _tailTarget);
            _il.Emit(OpCodes.Ldarg_1);
            Load(1);
            _il.Emit(OpCodes.Conv_I);
            _il.Emit(OpCodes.Tailcall);
            _il.Emit(OpCodes.Callvirt, typeof(ProgramEntry).GetMethod(nameof(ProgramEntry.Invoke))!);
        }

        _il.Emit(OpCodes.Ret);
        _il.MarkLabel(failed);

        // r0 holds nothing after a failed tail call; the web needs a value all the same.
        _il.Emit(OpCodes.Ldc_I8, 0L);
        Define(slot);
    }

    private void EmitResolve(int slot)
    {
        _il.Emit(OpCodes.Ldarg_1);
        int map = _program.Verified.Facts[slot].MapIndex;
        bool known = map >= 0 && map < _program.Maps.Length && _program.Maps[map] is RuntimeProgArray;
        if (known)
        {
            JitConstants.EmitMap(_il, map);
        }
        else
        {
            Load(2);
        }

        Load(3);
        Type[] parameters = [typeof(RunContext), known ? typeof(RuntimeProgArray) : typeof(ulong), typeof(ulong)];
        _il.Emit(OpCodes.Call, typeof(TailCalls).GetMethod(nameof(TailCalls.Resolve), parameters)!);
    }

    /// <summary>Where the verifier knows the map, its own method is called, and an array's lookup needs no call at all.</summary>
    private bool TryEmitMapCall(int slot, Instruction instruction)
    {
        int index = _program.Verified.Facts[slot].MapIndex;
        if (index < 0 || index >= _program.Maps.Length || !instruction.IsHelperCall)
        {
            return false;
        }

        HelperId helper = (HelperId)instruction.Immediate;
        if (MapCalls.MethodOf(helper, _program) is not { } method)
        {
            return false;
        }

        RuntimeMap map = _program.Maps[index];
        if (helper == HelperId.MapLookupElem && map.TryGetArrayView(out ArrayView view))
        {
            EmitArrayLookup(index, view);
        }
        else
        {
            EmitMapMethod(index, method, parameter => Load(parameter + 2));
        }

        Define(slot);
        return true;
    }

    /// <summary>Emits <c>map.Method(context, arguments)</c>; sealed types are called directly.</summary>
    private void EmitMapMethod(int index, MethodInfo method, Action<int> loadArgument)
    {
        JitConstants.EmitMap(_il, index);
        _il.Emit(OpCodes.Ldarg_1);
        ParameterInfo[] parameters = method.GetParameters();
        for (int i = 1; i < parameters.Length; i++)
        {
            loadArgument(i - 1);
            _il.Emit(parameters[i].ParameterType == typeof(uint) ? OpCodes.Conv_U4
                : parameters[i].ParameterType.IsPointer ? OpCodes.Conv_U : OpCodes.Conv_U8);
        }

        MethodInfo exact = MapCalls.Resolve(_program.Maps[index].GetType(), method);
        _il.Emit(exact == method ? OpCodes.Callvirt : OpCodes.Call, exact);
        _il.Emit(OpCodes.Conv_U8);
    }

    private void EmitArrayLookup(int index, ArrayView view)
    {
        Label done = _il.DefineLabel();
        Label absent = _il.DefineLabel();
        Label slow = _il.DefineLabel();
        LocalBuilder element = _il.DeclareLocal(typeof(uint));
        LocalBuilder key = _il.DeclareLocal(typeof(ulong));
        Load(2);
        _il.Emit(OpCodes.Stloc, key);
        _il.Emit(OpCodes.Ldloc, key);
        _il.Emit(OpCodes.Ldind_U4);
        _il.Emit(OpCodes.Stloc, element);
        _il.Emit(OpCodes.Ldloc, element);
        _il.Emit(OpCodes.Ldc_I4, (int)view.MaxEntries);
        _il.Emit(OpCodes.Bge_Un, absent);
        LocalBuilder offset = EmitElementOffset(view, element, slow);
        if (view.ReadyChunks != null)
        {
            EmitChunkTest(view, offset, slow);
        }

        _il.Emit(OpCodes.Ldc_I8, (long)view.Base);
        _il.Emit(OpCodes.Ldloc, offset);
        _il.Emit(OpCodes.Add);
        _il.Emit(OpCodes.Br, done);
        _il.MarkLabel(absent);
        _il.Emit(OpCodes.Ldc_I8, 0L);
        _il.Emit(OpCodes.Br, done);
        _il.MarkLabel(slow);
        if (view.ReadyChunks != null || view.Slots != 0)
        {
            MethodInfo lookup = typeof(RuntimeMap).GetMethod(nameof(RuntimeMap.Lookup))!;
            EmitMapMethod(index, lookup, _ => _il.Emit(OpCodes.Ldloc, key));
        }
        else
        {
            _il.Emit(OpCodes.Ldc_I8, 0L);
        }

        _il.MarkLabel(done);
    }

    private LocalBuilder EmitElementOffset(ArrayView view, LocalBuilder element, Label slow)
    {
        LocalBuilder offset = _il.DeclareLocal(typeof(ulong));
        _il.Emit(OpCodes.Ldloc, element);
        _il.Emit(OpCodes.Conv_U8);
        _il.Emit(OpCodes.Ldc_I8, (long)view.Stride);
        _il.Emit(OpCodes.Mul);
        _il.Emit(OpCodes.Stloc, offset);
        if (view.Slots != 0)
        {
            // One unsigned comparison finds both a run without a slot (-1) and a slot that the map hasn't.
            LocalBuilder held = _il.DeclareLocal(typeof(uint));
            _il.Emit(OpCodes.Ldarg_1);
            _il.Emit(OpCodes.Ldfld, HeldSlot);
            _il.Emit(OpCodes.Stloc, held);
            _il.Emit(OpCodes.Ldloc, held);
            _il.Emit(OpCodes.Ldc_I4, (int)view.Slots);
            _il.Emit(OpCodes.Bge_Un, slow);
            _il.Emit(OpCodes.Ldloc, held);
            _il.Emit(OpCodes.Conv_U8);
            _il.Emit(OpCodes.Ldc_I8, (long)view.SlotStride);
            _il.Emit(OpCodes.Mul);
            _il.Emit(OpCodes.Ldloc, offset);
            _il.Emit(OpCodes.Add);
            _il.Emit(OpCodes.Stloc, offset);
        }

        return offset;
    }

    private void EmitChunkTest(ArrayView view, LocalBuilder offset, Label slow)
    {
        LocalBuilder chunk = _il.DeclareLocal(typeof(ulong));
        _il.Emit(OpCodes.Ldloc, offset);
        _il.Emit(OpCodes.Ldc_I4, view.ChunkShift);
        _il.Emit(OpCodes.Shr_Un);
        _il.Emit(OpCodes.Stloc, chunk);
        _il.Emit(OpCodes.Ldc_I8, (long)view.ReadyChunks);
        _il.Emit(OpCodes.Ldloc, chunk);
        _il.Emit(OpCodes.Ldc_I4_5);
        _il.Emit(OpCodes.Shr_Un);
        _il.Emit(OpCodes.Ldc_I4_2);
        _il.Emit(OpCodes.Shl);
        _il.Emit(OpCodes.Add);
        _il.Emit(OpCodes.Volatile);
        _il.Emit(OpCodes.Ldind_U4);
        _il.Emit(OpCodes.Ldloc, chunk);
        _il.Emit(OpCodes.Conv_I4);
        _il.Emit(OpCodes.Ldc_I4, 31);
        _il.Emit(OpCodes.And);
        _il.Emit(OpCodes.Shr_Un);
        _il.Emit(OpCodes.Ldc_I4_1);
        _il.Emit(OpCodes.And);
        _il.Emit(OpCodes.Brfalse, slow);
    }
}
