namespace Holdfast.Isa.Abi;

/// <summary>What a name in a directory of pins is.</summary>
public enum PinnedNameType
{
    /// <summary>No object: a foreign file.</summary>
    Other,

    /// <summary>A pinned object.</summary>
    Pin,

    /// <summary>A directory.</summary>
    Directory,

    /// <summary>A symbolic link.</summary>
    SymbolicLink,

    /// <summary>A pin that the caller may not open.</summary>
    Unreadable,
}
