using System.Diagnostics.CodeAnalysis;
using Holdfast.Isa.Abi;
using Holdfast.Storage;
using Holdfast.Storage.FileSystem;

namespace Holdfast.Userspace.Objects;

/// <summary>BTF objects as attributes name them: by descriptor.</summary>
internal sealed class BtfDescriptors(EngineState engine)
{
    /// <summary>The id of the BTF object behind a descriptor.</summary>
    /// <param name="descriptor">The descriptor; 0 stands for none.</param>
    /// <param name="id">Its id, 0 for none.</param>
    /// <param name="error">Why it is no BTF object.</param>
    /// <returns>Whether there is an id.</returns>
    public bool TryIdOf(uint descriptor, out uint id, [NotNullWhen(false)] out StorageError? error)
    {
        id = 0;
        error = null;
        if (descriptor == 0)
            return true;
        if (!engine.Descriptors.TryGet((int)descriptor, out DescriptorEntry? entry, out error))
            return false;
        if (entry.File.Key.Kind != ObjectKind.Btf)
        {
            error = new StorageError(Errno.EINVAL, $"descriptor {descriptor} is a {entry.File.Key.Kind}, not BTF");
            return false;
        }

        id = entry.File.Key.Id;
        return true;
    }
}
