using Holdfast.Isa.Abi;
using Holdfast.Storage;
using Holdfast.Storage.FileSystem;

namespace Holdfast.Userspace.Objects;

/// <summary>
/// An object that this process uses beyond its descriptors: a mapped map, a program ready to run. It holds an object file of its
/// own, so that the object lives as long as the process uses it, and is shared by all descriptors and programs of the process.
/// </summary>
internal abstract class EngineObject(ObjectFile file)
{
    private readonly UserCount _users = new();

    /// <summary>The object's own file: a reference like any descriptor.</summary>
    public ObjectFile File { get; } = file;

    /// <summary>Kind and id.</summary>
    public ObjectKey Key => File.Key;

    /// <summary>Takes a share, unless the last one is gone.</summary>
    public bool TryAddUser() => _users.TryAdd();

    /// <summary>Called once, when the last share is given back.</summary>
    public Action<EngineObject>? LastUserGone { get; set; }

    /// <summary>Gives a share back; the last one unmaps and closes.</summary>
    public void RemoveUser()
    {
        if (!_users.Remove())
            return;
        LastUserGone?.Invoke(this);
        Release();
        File.Dispose();
    }

    /// <summary>Lets go of what the object holds besides its file. Mappings must go first: a mapping keeps the file's lock.</summary>
    protected abstract void Release();
}
