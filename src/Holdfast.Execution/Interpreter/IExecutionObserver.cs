namespace Holdfast.Execution.Interpreter;

/// <summary>Watches a run, instruction by instruction: tracing, coverage, single-stepping. Runs on the program's thread.</summary>
public interface IExecutionObserver
{
    /// <summary>An instruction is about to run.</summary>
    /// <param name="context">The running thread's context.</param>
    /// <param name="program">The program (it changes with tail calls).</param>
    /// <param name="slot">The instruction's slot.</param>
    /// <param name="registers">r0 to r10; changes take effect.</param>
    void OnInstruction(RunContext context, LinkedProgram program, int slot, Span<ulong> registers);
}
