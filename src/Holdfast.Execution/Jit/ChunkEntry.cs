namespace Holdfast.Execution.Jit;

/// <summary>One region of a function.</summary>
/// <param name="context">The running thread's context.</param>
/// <param name="frame">The registers: live ones on entry, live ones on leaving.</param>
/// <param name="block">Index of the block to enter.</param>
/// <returns>Index of the block to go on with, or <see cref="ChunkedFunction.Exit"/> or <see cref="ChunkedFunction.TailCall"/>.</returns>
internal unsafe delegate int ChunkEntry(RunContext context, ChunkFrame* frame, int block);
