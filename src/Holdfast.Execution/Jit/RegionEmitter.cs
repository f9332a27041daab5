using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Reflection.Emit;
using Holdfast.Execution.Interpreter;
using Holdfast.Isa.Instructions;
using Holdfast.Verifier;

namespace Holdfast.Execution.Jit;

/// <summary>
/// Emits one method: a whole function, or one region of a big one. Arguments 0 and 1 are <see cref="JitConstants"/> and the
/// <see cref="RunContext"/>. A region's argument 2 is its <see cref="ChunkFrame"/>, argument 3 the block to enter.
/// </summary>
[RequiresDynamicCode("Generates methods.")]
internal sealed partial class RegionEmitter
{
    private const int MostLocals = 700;

    private readonly LinkedProgram _program;
    private readonly JitConstants _constants;
    private readonly CompiledFunction?[] _compiled;
    private readonly FunctionGraph _graph;
    private readonly Region _region;
    private readonly ILGenerator _il;
    private readonly bool _inRegions;
    private readonly Webs _webs;
    private readonly Dictionary<int, LocalBuilder> _locals = [];

    // By block: the labels of this region's blocks, and those of the ways out to others.
    private readonly Label[] _labels;
    private readonly Label?[] _leaving;
    private readonly int[] _current = new int[RegisterSet.Count];
    private readonly int _stackSize;
    private readonly bool _oneLocalPerRegister;
    private Label? _trap;
    private LocalBuilder? _stack;
    private LocalBuilder? _mayGoto;
    private LocalBuilder? _tailTarget;

    public RegionEmitter(
        LinkedProgram program,
        JitConstants constants,
        CompiledFunction?[] compiled,
        FunctionGraph graph,
        Region region,
        ILGenerator il,
        bool inRegions)
    {
        _program = program;
        _constants = constants;
        _compiled = compiled;
        _graph = graph;
        _region = region;
        _il = il;
        _inRegions = inRegions;
        _labels = new Label[graph.Blocks.Count];
        _leaving = new Label?[graph.Blocks.Count];
        _webs = new Webs(graph, region, slot => Code[slot].SlotCount);
        _oneLocalPerRegister = _webs.Count > MostLocals;
        (Type stack, _stackSize) = StackTypes.For(graph.Subprogram.StackDepth);
        if (!inRegions && graph.Subprogram.StackDepth > 0)
        {
            _stack = il.DeclareLocal(stack);
        }
    }

    private System.Collections.Immutable.ImmutableArray<Instruction> Code => _program.Verified.Lowered;

    private IEnumerable<BasicBlock> Blocks => _graph.Blocks.Skip(_region.FirstBlock).Take(_region.EndBlock - _region.FirstBlock);

    /// <summary>Emits the method.</summary>
    public void Emit()
    {
        foreach (BasicBlock block in Blocks)
        {
            _labels[block.Index] = _il.DefineLabel();
        }

        EmitEntry();
        foreach (BasicBlock block in Blocks)
        {
            EmitBlock(block);
        }

        EmitLeaving();
        EmitTrap();
    }

    private void EmitEntry()
    {
        if (Blocks.Any(UsesMayGoto) && !_inRegions)
        {
            _mayGoto = _il.DeclareLocal(typeof(long));
            _il.Emit(OpCodes.Ldc_I8, (long)InterpretedProgram.MayGotoLimit);
            _il.Emit(OpCodes.Stloc, _mayGoto);
        }

        if (_inRegions)
        {
            EmitRegionEntry();
            return;
        }

        BasicBlock first = _graph.Blocks[0];
        foreach (int register in first.LiveIn)
        {
            _graph.EmitArgument(_il, register, _program.Verified.Type.EntryMemorySize ?? 0);
            _il.Emit(OpCodes.Stloc, Local(_webs.AtEntry(first, register)));
        }
    }

    private bool UsesMayGoto(BasicBlock block) => Code[block.End - 1].IsMayGoto;

    /// <summary>One stub for each block that another region may go to: loads what is live there.</summary>
    private void EmitRegionEntry()
    {
        BasicBlock[] entries = [.. Blocks.Where(IsEnteredFromOutside)];
        Label[] stubs = [.. entries.Select(_ => _il.DefineLabel())];
        Label[] table = new Label[_region.EndBlock - _region.FirstBlock];
        Array.Fill(table, Trap);
        for (int i = 0; i < entries.Length; i++)
        {
            table[entries[i].Index - _region.FirstBlock] = stubs[i];
        }

        _il.Emit(OpCodes.Ldarg_3);
        _il.Emit(OpCodes.Ldc_I4, _region.FirstBlock);
        _il.Emit(OpCodes.Sub);
        _il.Emit(OpCodes.Switch, table);
        _il.Emit(OpCodes.Br, Trap);
        for (int i = 0; i < entries.Length; i++)
        {
            _il.MarkLabel(stubs[i]);
            foreach (int register in entries[i].LiveIn)
            {
                _il.Emit(OpCodes.Ldarg_2);
                _il.Emit(OpCodes.Ldfld, ChunkFrame.Register(register));
                _il.Emit(OpCodes.Stloc, Local(_webs.AtEntry(entries[i], register)));
            }

            _il.Emit(OpCodes.Br, _labels[entries[i].Index]);
        }
    }

    private bool IsEnteredFromOutside(BasicBlock block) =>
        block.Index == 0 || block.Predecessors.Exists(from => !_region.Contains(from));

    private void EmitBlock(BasicBlock block)
    {
        _il.MarkLabel(_labels[block.Index]);
        Array.Fill(_current, -1);
        foreach (int register in block.LiveIn)
        {
            _current[register] = _webs.AtEntry(block, register);
        }

        int last = block.Start;
        for (int slot = block.Start; slot < block.End; slot += Code[slot].SlotCount)
        {
            EmitInstruction(slot);
            last = slot;
        }

        if (!Code[last].IsExit && !Code[last].IsUnconditionalJump)
        {
            EmitFallThrough(block);
        }
    }

    private void EmitFallThrough(BasicBlock block)
    {
        BasicBlock? next = _graph.BlockAt(block.End);
        bool adjacent = next != null && next.Index == block.Index + 1 && _region.Contains(next);
        if (!adjacent)
        {
            _il.Emit(OpCodes.Br, Target(block.End));
        }
    }

    /// <summary>Where a jump to a slot goes: a block of this region, a way out of it, or the trap.</summary>
    private Label Target(int slot)
    {
        if (_graph.BlockAt(slot) is not { } block)
        {
            return Trap;
        }

        if (_region.Contains(block))
        {
            return _labels[block.Index];
        }

        if (_leaving[block.Index] is not { } label)
        {
            label = _il.DefineLabel();
            _leaving[block.Index] = label;
        }

        return label;
    }

    private void EmitLeaving()
    {
        foreach (BasicBlock block in _graph.Blocks)
        {
            if (_leaving[block.Index] is not { } label)
            {
                continue;
            }

            _il.MarkLabel(label);
            foreach (int register in block.LiveIn)
            {
                _il.Emit(OpCodes.Ldarg_2);
                _il.Emit(OpCodes.Ldloc, Local(_webs.AtExit(block, register)));
                _il.Emit(OpCodes.Stfld, ChunkFrame.Register(register));
            }

            _il.Emit(OpCodes.Ldc_I4, block.Index);
            _il.Emit(OpCodes.Ret);
        }
    }

    private Label Trap => _trap ??= _il.DefineLabel();

    /// <summary>Where control can't come, by the verifier's word. Not silently wrong if it does.</summary>
    private void EmitTrap()
    {
        if (_trap is { } trap)
        {
            _il.MarkLabel(trap);
            _il.Emit(OpCodes.Call, Method(typeof(RegionEmitter), nameof(ThrowUnreachable)));
            _il.Emit(OpCodes.Ldc_I8, 0L);
            if (_inRegions)
            {
                _il.Emit(OpCodes.Conv_I4);
            }

            _il.Emit(OpCodes.Ret);
        }
    }

    private static void ThrowUnreachable() =>
        throw new UnreachableException("ran into an instruction that the verifier holds for unreachable");

    private LocalBuilder Local(int web)
    {
        int key = _oneLocalPerRegister ? _webs.RegisterOf(web) : web;
        if (!_locals.TryGetValue(key, out LocalBuilder? local))
        {
            local = _il.DeclareLocal(typeof(ulong));
            _locals.Add(key, local);
        }

        return local;
    }

    private void Load(int register)
    {
        if (register == 10)
        {
            StackAddress(0);
            return;
        }

        int web = _current[register];
        if (web < 0)
        {
            throw new UnreachableException($"r{register} is read and was never set");
        }

        _il.Emit(OpCodes.Ldloc, Local(web));
    }

    private void StackAddress(int offset)
    {
        if (_inRegions)
        {
            _il.Emit(OpCodes.Ldarg_2);
            _il.Emit(OpCodes.Ldfld, typeof(ChunkFrame).GetField(nameof(ChunkFrame.StackTop))!);
            AddConstant(offset);
            return;
        }

        _stack ??= _il.DeclareLocal(StackTypes.For(0).Type);
        _il.Emit(OpCodes.Ldloca, _stack);
        _il.Emit(OpCodes.Conv_U);
        AddConstant(_stackSize + offset);
    }

    private void AddConstant(int constant)
    {
        if (constant != 0)
        {
            _il.Emit(OpCodes.Ldc_I8, (long)constant);
            _il.Emit(OpCodes.Add);
        }
    }

    /// <summary>Stores the top of the CIL stack, a 64-bit number, as an instruction's result.</summary>
    private void Define(int slot)
    {
        int web = _webs.AtDefinition(slot);
        _current[_webs.RegisterOf(web)] = web;
        _il.Emit(OpCodes.Stloc, Local(web));
    }

    private static MethodInfo Method(Type type, string name) =>
        type.GetMethod(name, BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
            ?? throw new UnreachableException($"no method {name}");
}
