namespace Holdfast.Storage.FileSystem;

/// <summary>What <c>holdfast doctor</c> says about a store.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Id">Its identity.</param>
/// <param name="Owner">User id of its owner.</param>
/// <param name="FileSystem">Kind of file system.</param>
/// <param name="Lifetime">How long pins last at most.</param>
/// <param name="TotalBytes">Size of the file system.</param>
/// <param name="FreeBytes">Bytes free for this user.</param>
/// <param name="FreeFiles">Inodes free; null where there is no limit.</param>
/// <param name="MaximumLinks">Most references to one object; null for no limit.</param>
/// <param name="TellsKinds">Whether pins carry <c>user.bpf.type</c>.</param>
/// <param name="ExecutionSlots">Execution slots that per-CPU maps have values for.</param>
/// <param name="WhyNoCreation">Why this process can't create objects here; null if it can.</param>
/// <param name="WhyNoSweep">Why this process frees nothing here; null if it does.</param>
public sealed record StoreDescription(
    string Path,
    Guid Id,
    uint Owner,
    string FileSystem,
    StoreLifetime Lifetime,
    ulong TotalBytes,
    ulong FreeBytes,
    ulong? FreeFiles,
    long? MaximumLinks,
    bool TellsKinds,
    int ExecutionSlots,
    string? WhyNoCreation,
    string? WhyNoSweep);
