namespace Holdfast.Execution.Jit;

/// <summary>
/// Splits registers into webs: all definitions and uses of a register that can meet each other. A web becomes one local of the
/// generated method; a register that a compiler reused for many things becomes many locals, which RyuJIT can allocate,
/// forward and fold each for itself.
/// </summary>
internal sealed class Webs
{
    private readonly FunctionGraph _graph;
    private readonly int _firstBlock;
    private readonly int[] _blockEntries;
    private readonly int[] _definitions;
    private readonly int _firstSlot;
    private readonly Dictionary<int, int> _exits = [];
    private readonly List<int> _parents = [];
    private readonly List<int> _registers = [];

    /// <summary>Finds the webs of a region.</summary>
    /// <param name="graph">The function, with liveness.</param>
    /// <param name="region">The region; webs do not reach out of it.</param>
    /// <param name="step">Slots of the instruction at a slot.</param>
    public Webs(FunctionGraph graph, Region region, Func<int, int> step)
    {
        _graph = graph;
        _firstBlock = region.FirstBlock;
        int blocks = region.EndBlock - region.FirstBlock;
        _firstSlot = graph.Blocks[region.FirstBlock].Start;
        _blockEntries = new int[blocks * RegisterSet.Count];
        _definitions = new int[graph.Blocks[region.EndBlock - 1].End - _firstSlot];
        for (int i = region.FirstBlock; i < region.EndBlock; i++)
        {
            foreach (int register in graph.Blocks[i].LiveIn)
            {
                _blockEntries[((i - _firstBlock) * RegisterSet.Count) + register] = Add(register);
            }
        }

        int[] current = new int[RegisterSet.Count];
        for (int i = region.FirstBlock; i < region.EndBlock; i++)
        {
            Walk(graph.Blocks[i], region, step, current);
        }
    }

    /// <summary>Number of webs before joining: an upper bound of the locals.</summary>
    public int Count => _parents.Count;

    /// <summary>The web that a register is in at a block's start.</summary>
    /// <param name="block">The block.</param>
    /// <param name="register">A register live there.</param>
    /// <returns>The web.</returns>
    public int AtEntry(BasicBlock block, int register) =>
        Find(_blockEntries[((block.Index - _firstBlock) * RegisterSet.Count) + register]);

    /// <summary>The web that a register is in where the region is left.</summary>
    /// <param name="block">The block outside that comes next.</param>
    /// <param name="register">A register live there.</param>
    /// <returns>The web.</returns>
    public int AtExit(BasicBlock block, int register) => Find(Exit(block, register));

    /// <summary>The web that an instruction defines.</summary>
    /// <param name="slot">The instruction, which defines a register.</param>
    /// <returns>The web.</returns>
    public int AtDefinition(int slot) => Find(_definitions[slot - _firstSlot]);

    /// <summary>The register of a web.</summary>
    /// <param name="web">The web.</param>
    /// <returns>0 to 9.</returns>
    public int RegisterOf(int web) => _registers[web];

    private void Walk(BasicBlock block, Region region, Func<int, int> step, int[] current)
    {
        Array.Fill(current, -1);
        foreach (int register in block.LiveIn)
        {
            current[register] = _blockEntries[((block.Index - _firstBlock) * RegisterSet.Count) + register];
        }

        for (int slot = block.Start; slot < block.End; slot += step(slot))
        {
            int defined = _graph.Effects(slot).Definition;
            if (defined >= 0)
            {
                current[defined] = _definitions[slot - _firstSlot] = Add(defined);
            }
        }

        foreach (BasicBlock next in block.Successors)
        {
            foreach (int register in next.LiveIn)
            {
                // No web: on this path a call destroyed the register, so whatever reads it later reads nothing that matters.
                if (current[register] < 0)
                {
                    continue;
                }

                Join(current[register], region.Contains(next)
                    ? _blockEntries[((next.Index - _firstBlock) * RegisterSet.Count) + register]
                    : Exit(next, register));
            }
        }
    }

    private int Exit(BasicBlock block, int register)
    {
        int key = (block.Index * RegisterSet.Count) + register;
        if (!_exits.TryGetValue(key, out int web))
        {
            web = Add(register);
            _exits.Add(key, web);
        }

        return web;
    }

    private int Add(int register)
    {
        _parents.Add(_parents.Count);
        _registers.Add(register);
        return _parents.Count - 1;
    }

    private void Join(int a, int b) => _parents[Find(a)] = Find(b);

    private int Find(int web)
    {
        while (_parents[web] != web)
        {
            web = _parents[web] = _parents[_parents[web]];
        }

        return web;
    }
}
