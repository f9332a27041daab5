namespace Holdfast.Isa.Abi;

/// <summary>An engine that says how many values its per-CPU maps keep for a key.</summary>
public interface IExecutionSlots
{
    /// <summary>Number of slots: fixed at a store's creation; in the kernel one for each CPU that the machine can have.</summary>
    int ExecutionSlots { get; }
}
