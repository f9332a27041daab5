namespace Holdfast.Execution;

/// <summary>A program ready to run, by any number of threads at once, each with a <see cref="RunContext"/> of its own.</summary>
public sealed class ExecutableProgram
{
    private readonly ProgramEntry _entry;

    internal ExecutableProgram(LinkedProgram program, IExecutionEngine engine, ProgramEntry entry, CallbackSlot[] callbacks)
    {
        Program = program;
        Engine = engine;
        _entry = entry;
        Callbacks = callbacks;
    }

    /// <summary>What was prepared.</summary>
    public LinkedProgram Program { get; }

    /// <summary>The engine that runs it.</summary>
    public IExecutionEngine Engine { get; }

    /// <summary>Where tail calls enter.</summary>
    internal ProgramEntry Entry => _entry;

    /// <summary>Kept alive because registers name them by number only.</summary>
    internal CallbackSlot[] Callbacks { get; }

    /// <summary>Runs the program once. Allocates nothing.</summary>
    /// <param name="context">The running thread's context, not in use by another run.</param>
    /// <param name="contextPointer">
    /// r1: address of the context, laid out as the type's <c>ContextLayout</c> says, or of the entry memory.
    /// </param>
    /// <returns>r0 at exit.</returns>
    public ulong Run(RunContext context, nint contextPointer)
    {
        context.Begin(this, contextPointer);
        try
        {
            return _entry(context, contextPointer);
        }
        catch (ProgramUnwindException unwound) when (ReferenceEquals(unwound.Context, context))
        {
            return unwound.Result;
        }
        finally
        {
            context.EndRun();

            // The delegate alone would let the code go between being read and being entered, and the maps during the run.
            GC.KeepAlive(this);
        }
    }
}
