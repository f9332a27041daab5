namespace Holdfast.Storage.FileSystem;

/// <summary>How to open a store. Options that a store is made with are ignored when it exists.</summary>
public sealed record StoreOptions
{
    /// <summary>Makes the store if it isn't there; on by default.</summary>
    public bool Create { get; init; } = true;

    /// <summary>Accepts a store whose directory its group or others may write. They can crash and mislead whoever uses it.</summary>
    public bool AllowWritableByOthers { get; init; }

    /// <summary>Execution slots ("CPUs") of a new store; zero takes the number of processors.</summary>
    public int ExecutionSlots { get; init; }

    /// <summary>Objects to examine for orphans when opening; zero leaves that to others.</summary>
    public int SweepBudget { get; init; } = 64;

    /// <summary>Opens a backup that is still being made.</summary>
    internal bool AllowUnfinishedBackup { get; init; }

    /// <summary>Whether the store is durable, whatever it is on; for tests.</summary>
    internal bool? IsDurable { get; init; }

    /// <summary>Which boot this is; for tests of durable stores.</summary>
    internal Guid? BootId { get; init; }
}
