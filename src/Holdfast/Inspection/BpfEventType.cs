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

    /// <summary>Its owner, mode or attributes were changed. Values are stored without a system call, which nobody is told of.</summary>
    Changed,

    /// <summary>Its last reference went.</summary>
    Freed,
}
