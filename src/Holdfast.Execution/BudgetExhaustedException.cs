namespace Holdfast.Execution;

/// <summary>A run was cut off because <see cref="RunContext.InstructionBudget"/> was used up.</summary>
public sealed class BudgetExhaustedException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="slot">The instruction that was not run.</param>
    public BudgetExhaustedException(int slot)
        : base($"instruction budget exhausted at instruction {slot}")
    {
        Slot = slot;
    }

    /// <summary>The instruction that was not run.</summary>
    public int Slot { get; }
}
