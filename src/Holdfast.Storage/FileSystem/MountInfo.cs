using Holdfast.Isa.Abi;

namespace Holdfast.Storage.FileSystem;

/// <summary>A directory that is a bpffs of a store.</summary>
/// <param name="Name">Its name in the store's registry.</param>
/// <param name="Path">Where it was mounted; it may have been moved since.</param>
/// <param name="Options">Its options.</param>
/// <param name="StoreId">The store that it belongs to.</param>
public sealed record MountInfo(string Name, string Path, BpffsOptions Options, Guid StoreId)
{
    /// <summary>Whether it is being unmounted: nobody pins there any more, and what is left is removed.</summary>
    internal bool IsLeaving { get; init; }
}
