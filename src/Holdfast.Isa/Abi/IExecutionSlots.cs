namespace Holdfast.Isa.Abi;

/// <summary>An engine whose per-CPU maps count execution slots instead of processors.</summary>
public interface IExecutionSlots
{
    /// <summary>Number of slots, fixed at the store's creation.</summary>
    int ExecutionSlots { get; }
}
