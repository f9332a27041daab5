namespace Holdfast.Execution.Jit;

/// <summary>Instructions that run from first to last.</summary>
/// <param name="start">First slot.</param>
internal sealed class BasicBlock(int start)
{
    /// <summary>First slot.</summary>
    public int Start { get; } = start;

    /// <summary>Slot behind the last.</summary>
    public int End { get; set; }

    /// <summary>Position in <see cref="FunctionGraph.Blocks"/>.</summary>
    public int Index { get; set; }

    /// <summary>Blocks that may come next.</summary>
    public List<BasicBlock> Successors { get; } = [];

    /// <summary>Blocks that may come before.</summary>
    public List<BasicBlock> Predecessors { get; } = [];

    /// <summary>Registers that may hold something at the start.</summary>
    public RegisterSet Initialized { get; set; }

    /// <summary>Registers whose value at the start is needed.</summary>
    public RegisterSet LiveIn { get; set; }
}
