using System.Diagnostics.CodeAnalysis;
using System.Reflection.Emit;
using Holdfast.Isa.Instructions;
using Holdfast.Verifier;

namespace Holdfast.Execution.Jit;

/// <summary>Compiles a program: its functions' methods, callees first, and the ways in.</summary>
[RequiresDynamicCode("Generates methods.")]
internal sealed class ProgramCompiler
{
    private static readonly Type[] Signatures =
    [
        typeof(Func<RunContext, ulong>),
        typeof(Func<RunContext, ulong, ulong>),
        typeof(Func<RunContext, ulong, ulong, ulong>),
        typeof(Func<RunContext, ulong, ulong, ulong, ulong>),
        typeof(Func<RunContext, ulong, ulong, ulong, ulong, ulong>),
        typeof(Func<RunContext, ulong, ulong, ulong, ulong, ulong, ulong>),
    ];

    private readonly LinkedProgram _program;
    private readonly JitConstants _constants;
    private readonly CompiledFunction?[] _compiled;

    public ProgramCompiler(LinkedProgram program, CallbackSlot[] callbacks)
    {
        _program = program;
        _constants = new JitConstants(program, callbacks);
        _compiled = new CompiledFunction?[program.Verified.Subprograms.Length];
    }

    private VerifiedProgram Verified => _program.Verified;

    /// <summary>Compiles everything that can be reached.</summary>
    /// <returns>The program's entry.</returns>
    public ProgramEntry Compile()
    {
        FunctionGraph[] graphs = new FunctionGraph[Verified.Subprograms.Length];
        for (int i = 0; i < graphs.Length; i++)
        {
            if (Verified.Facts[Verified.Subprograms[i].Start].IsReachable)
            {
                graphs[i] = new FunctionGraph(Verified, i);
            }
        }

        HashSet<int> callbacks = Callbacks();
        foreach (int index in CalleesFirst(graphs))
        {
            CompileFunction(graphs, index);
        }

        foreach (int index in callbacks)
        {
            _constants.Callbacks[index].Entry = CompileCallback(_compiled[index]!);
        }

        return _compiled[0]!.Method.CreateDelegate<ProgramEntry>(_constants);
    }

    /// <summary>Functions whose address is taken.</summary>
    private HashSet<int> Callbacks()
    {
        HashSet<int> callbacks = [];
        for (int slot = 0; slot < Verified.Lowered.Length; slot += Verified.Lowered[slot].SlotCount)
        {
            Instruction instruction = Verified.Lowered[slot];
            if (Verified.Facts[slot].IsReachable && instruction.IsLoadImmediate64 && instruction.PseudoLoad == PseudoLoad.Function)
            {
                callbacks.Add(instruction.Immediate);
            }
        }

        return callbacks;
    }

    /// <summary>Functions with callees before callers (the verifier allows no recursion).</summary>
    private List<int> CalleesFirst(FunctionGraph?[] graphs)
    {
        List<int> finished = [];
        HashSet<int> seen = [];
        void Visit(int index)
        {
            if (!seen.Add(index))
            {
                return;
            }

            foreach ((_, int callee) in graphs[index]!.LocalCalls())
            {
                Visit(IndexOf(callee));
            }

            finished.Add(index);
        }

        for (int i = 0; i < graphs.Length; i++)
        {
            if (graphs[i] != null)
            {
                Visit(i);
            }
        }

        return finished;
    }

    private int IndexOf(int start)
    {
        for (int i = 0; i < Verified.Subprograms.Length; i++)
        {
            if (Verified.Subprograms[i].Start == start)
            {
                return i;
            }
        }

        throw new System.Diagnostics.UnreachableException($"no function starts at {start}");
    }

    private void CompileFunction(FunctionGraph[] graphs, int index)
    {
        FunctionGraph graph = graphs[index];
        graph.FindInitialized(graph.IsMain ? RegisterSet.Of(1) | RegisterSet.Of(2) : RegisterSet.Arguments);
        foreach ((int slot, int callee) in graph.LocalCalls())
        {
            graph.SetCallArguments(slot, graphs[IndexOf(callee)].Parameters);
        }

        graph.FindLiveness();
        List<Region> regions = RegionSplitter.Split(Verified, graph);
        _compiled[index] = new(graph, regions.Count == 1 ? CompileWhole(graph, regions[0]) : CompileInRegions(graph, regions));
    }

    private DynamicMethod CompileWhole(FunctionGraph graph, Region region)
    {
        DynamicMethod method = CreateMethod(graph.Subprogram.Name, typeof(ulong), ParameterTypes(graph));
        RegionEmitter emitter = new(_program, _constants, _compiled, graph, region, method.GetILGenerator(), inRegions: false);
        emitter.Emit();
        Bake(method, graph);
        return method;
    }

    private unsafe DynamicMethod CompileInRegions(FunctionGraph graph, List<Region> regions)
    {
        ChunkedFunction chunked = new(graph.Blocks.Count);
        _constants.Chunked[graph.Index] = chunked;
        foreach (Region region in regions)
        {
            DynamicMethod part = CreateMethod(graph.Subprogram.Name, typeof(int), [typeof(ChunkFrame*), typeof(int)]);
            new RegionEmitter(_program, _constants, _compiled, graph, region, part.GetILGenerator(), inRegions: true).Emit();
            chunked.Set(region, part.CreateDelegate<ChunkEntry>(_constants));
        }

        DynamicMethod method = CreateMethod(graph.Subprogram.Name, typeof(ulong), ParameterTypes(graph));
        ILGenerator il = method.GetILGenerator();
        JitConstants.EmitChunked(il, graph.Index);
        il.Emit(OpCodes.Ldarg_1);
        foreach (int register in RegisterSet.Arguments)
        {
            graph.EmitArgument(il, register, Verified.Type.EntryMemorySize ?? 0);
        }

        il.Emit(OpCodes.Call, typeof(ChunkedFunction).GetMethod(nameof(ChunkedFunction.Run))!);
        il.Emit(OpCodes.Ret);
        Bake(method, graph);
        return method;
    }

    private CallbackEntry CompileCallback(CompiledFunction function)
    {
        DynamicMethod method = CreateMethod(function.Graph.Subprogram.Name, typeof(ulong), [.. Enumerable.Repeat(typeof(ulong), 5)]);
        ILGenerator il = method.GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldarg_1);
        foreach (int register in function.Graph.Parameters)
        {
            il.Emit(OpCodes.Ldarg, (short)(register + 1));
        }

        il.Emit(OpCodes.Call, function.Method);
        il.Emit(OpCodes.Ret);
        return method.CreateDelegate<CallbackEntry>(_constants);
    }

    /// <summary>The main function gets a context, others the registers that they take.</summary>
    private static Type[] ParameterTypes(FunctionGraph graph)
    {
        List<Type> types = [];
        if (graph.IsMain)
        {
            types.Add(typeof(nint));
            return [.. types];
        }

        foreach (int _ in graph.Parameters)
        {
            types.Add(typeof(ulong));
        }

        return [.. types];
    }

    private static DynamicMethod CreateMethod(string name, Type result, Type[] parameters) =>
        new("bpf_prog_" + name, result, [typeof(JitConstants), typeof(RunContext), .. parameters], typeof(JitEngine).Module, skipVisibility: true)
        {
            InitLocals = false,
        };

    /// <summary>Has a method compiled now: else its first call would, on a run path.</summary>
    private void Bake(DynamicMethod method, FunctionGraph graph) =>
        method.CreateDelegate(graph.IsMain ? typeof(ProgramEntry) : Signatures[ParameterTypes(graph).Length], _constants);
}
