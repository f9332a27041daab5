namespace Holdfast.Execution.Interpreter;

/// <summary>What an interpreter does besides running. What is off costs nothing.</summary>
public sealed record InterpreterOptions
{
    /// <summary>Check every access against the stack, <see cref="RunContext.Memory"/> and the values that map lookups returned in the run.</summary>
    public bool Checked { get; init; }

    /// <summary>Count instructions against <see cref="RunContext.InstructionBudget"/>.</summary>
    public bool Budgeted { get; init; }

    /// <summary>Told of every instruction before it runs.</summary>
    public IExecutionObserver? Observer { get; init; }
}
