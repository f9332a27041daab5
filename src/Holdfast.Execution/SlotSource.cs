namespace Holdfast.Execution;

/// <summary>Where runs get their execution slot from: what per-CPU maps keep their values by, and what programs see as the CPU.</summary>
public abstract class SlotSource
{
    /// <summary>Takes a slot for the calling thread; waits until one is free. A run inside a run has the thread's slot.</summary>
    /// <returns>The slot.</returns>
    public abstract int Enter();

    /// <summary>Ends the last <see cref="Enter"/> of the calling thread.</summary>
    public abstract void Exit();
}
