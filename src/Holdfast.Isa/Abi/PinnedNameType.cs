namespace Holdfast.Isa.Abi;

/// <summary>What a name in a directory of pins is.</summary>
public enum PinnedNameType
{
    /// <summary>Something that isn't any of ours: a foreign or damaged file.</summary>
    Other,

    /// <summary>A pinned object.</summary>
    Pin,

    /// <summary>A directory.</summary>
    Directory,

    /// <summary>A symbolic link.</summary>
    SymbolicLink,

    /// <summary>A file that the caller may not read; perhaps a pin.</summary>
    Unreadable,
}
