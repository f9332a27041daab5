namespace Holdfast.Storage.Memory;

/// <summary>What holds for an object's whole life.</summary>
[Flags]
public enum ObjectFlags : uint
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The object may hold references on others: its <c>refs</c> directory is looked at when it goes.</summary>
    MayRefer = 1,
}
