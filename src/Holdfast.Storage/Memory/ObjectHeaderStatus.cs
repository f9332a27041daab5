namespace Holdfast.Storage.Memory;

/// <summary>What the bytes of a header turned out to be.</summary>
internal enum ObjectHeaderStatus
{
    /// <summary>A valid header that this library may open.</summary>
    Valid,

    /// <summary>Not ours: no magic number.</summary>
    Foreign,

    /// <summary>Zero where the magic number belongs, or shorter than a header: being created, or its creator died.</summary>
    Incomplete,

    /// <summary>Ours by its magic number, but inconsistent.</summary>
    Damaged,

    /// <summary>Made by a newer library that forbids older ones to open it.</summary>
    Newer,
}
