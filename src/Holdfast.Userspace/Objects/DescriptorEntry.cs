using Holdfast.Storage.FileSystem;

namespace Holdfast.Userspace.Objects;

/// <summary>A descriptor that the engine knows, and what this process uses through it.</summary>
internal sealed class DescriptorEntry(ObjectFile file)
{
    /// <summary>The descriptor as an object file.</summary>
    public ObjectFile File { get; } = file;

    /// <summary>The shared object, once something needed it.</summary>
    public EngineObject? Object { get; set; }

    /// <summary>Whether the number still stands for this file: the caller may have closed it behind the engine's back.</summary>
    public bool IsCurrent => File.IsCurrent;
}
