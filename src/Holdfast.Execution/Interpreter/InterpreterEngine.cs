namespace Holdfast.Execution.Interpreter;

/// <summary>Runs programs instruction by instruction: the JIT's oracle, the home of tracing, budgets and checked runs.</summary>
public sealed class InterpreterEngine : IExecutionEngine
{
    private readonly InterpreterOptions _options;

    /// <summary>Creates a plain interpreter.</summary>
    public InterpreterEngine()
        : this(new InterpreterOptions())
    {
    }

    /// <summary>Creates an interpreter.</summary>
    /// <param name="options">What it does besides running.</param>
    public InterpreterEngine(InterpreterOptions options)
    {
        _options = options;
    }

    /// <inheritdoc/>
    public string Name => "interpreter";

    /// <inheritdoc/>
    public ExecutableProgram Prepare(LinkedProgram program)
    {
        CallbackSlot[] callbacks = ProgramBindings.CreateCallbacks(program);
        DecodedInstruction[] code = InstructionDecoder.Decode(program, callbacks);
        InterpretedProgram interpreted = new(program, code, _options);
        for (int i = 0; i < callbacks.Length; i++)
        {
            callbacks[i].Entry = interpreted.Callback(program.Verified.Subprograms[i].Start);
        }

        return new ExecutableProgram(program, this, interpreted.Entry, callbacks);
    }
}
