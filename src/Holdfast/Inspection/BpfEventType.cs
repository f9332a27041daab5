namespace Holdfast;

/// <summary>What happened to an object.</summary>
public enum BpfEventType
{
    /// <summary>It was created.</summary>
    Created,

    /// <summary>It was given a name: by pin, <c>ln</c>, or <c>mv</c> to it or to a directory above it.</summary>
    Pinned,

    /// <summary>It lost a name: by unpin, <c>rm</c>, <c>mv</c> away, another that took its place, or unmounting.</summary>
    Unpinned,

    /// <summary>Its owner, mode or attributes were changed (then the event has a path), a map's contents by user space, or a hook's list: one event for all changes since the last look. What programs store is nobody's event.</summary>
    Changed,

    /// <summary>Its last reference went.</summary>
    Freed,

    /// <summary>A file system of pins was mounted; the event has its path.</summary>
    Mounted,

    /// <summary>A file system of pins was unmounted; the event has its path.</summary>
    Unmounted,
}
