using System.Runtime.CompilerServices;
using Holdfast.Execution.Interpreter;

namespace Holdfast.Execution.Jit;

/// <summary>A function that is too big for one method, and what goes from one of its regions to the next.</summary>
/// <param name="blocks">Number of its blocks.</param>
internal sealed unsafe class ChunkedFunction(int blocks)
{
    /// <summary>The function is done, with its result in r0.</summary>
    public const int Exit = -1;

    /// <summary>The context names the program to go on with; its argument is in r1.</summary>
    public const int TailCall = -2;

    // By block, so that going on costs one load.
    private readonly ChunkEntry[] _regions = new ChunkEntry[blocks];

    /// <summary>Sets the code of a region.</summary>
    /// <param name="region">The region.</param>
    /// <param name="entry">Its code.</param>
    public void Set(Region region, ChunkEntry entry) =>
        Array.Fill(_regions, entry, region.FirstBlock, region.EndBlock - region.FirstBlock);

    /// <summary>Runs the function.</summary>
    /// <param name="context">The running thread's context.</param>
    /// <param name="r1">First argument.</param>
    /// <param name="r2">Second argument.</param>
    /// <param name="r3">Third argument.</param>
    /// <param name="r4">Fourth argument.</param>
    /// <param name="r5">Fifth argument.</param>
    /// <returns>r0 at exit.</returns>
    [SkipLocalsInit]
    public ulong Run(RunContext context, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        // Regions get addresses of these two locals, which outlive the calls.
        StackFrame stack;
        ChunkFrame frame;
        frame.R0 = 0;
        frame.R1 = r1;
        frame.R2 = r2;
        frame.R3 = r3;
        frame.R4 = r4;
        frame.R5 = r5;
        frame.StackTop = (ulong)(&stack + 1);
        frame.MayGoto = InterpretedProgram.MayGotoLimit;
        int block = 0;
        while (block >= 0)
        {
            block = _regions[block](context, &frame, block);
        }

        return block == Exit ? frame.R0 : context.CurrentProgram!.Entry(context, (nint)frame.R1);
    }
}
