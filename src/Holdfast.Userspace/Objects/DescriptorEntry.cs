using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Memory;

namespace Holdfast.Userspace.Objects;

/// <summary>A descriptor that the engine knows, and what this process uses through it.</summary>
internal sealed class DescriptorEntry(ObjectFile file)
{
    // Asked for now: later the number may stand for another file.
    private readonly FileIdentity _identity = file.Identity;

    /// <summary>The descriptor as an object file.</summary>
    public ObjectFile File { get; } = file;

    /// <summary>The shared object, once something needed it.</summary>
    public EngineObject? Object { get; set; }

    /// <summary>Whether the number still stands for this file: the caller may have closed it behind the engine's back.</summary>
    public bool IsCurrent => FileIdentity.Of(File.Descriptor) == _identity && _identity != default;
}
