namespace Holdfast;

/// <summary>What happened to an object.</summary>
public enum BpfEventType
{
    /// <summary>It was created.</summary>
    Created,

    /// <summary>It was given a name: by pin, <c>ln</c>, or <c>mv</c> to it.</summary>
    Pinned,

    /// <summary>It lost a name: by unpin, <c>rm</c>, or <c>mv</c> away.</summary>
    Unpinned,

    /// <summary>Its owner, mode or attributes were changed (then the event has a path), or a map's contents by user space: one event for all changes since the last look. What programs store is nobody's event.</summary>
    Changed,

    /// <summary>Its last reference went.</summary>
    Freed,
}
