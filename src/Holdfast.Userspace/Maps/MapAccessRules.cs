using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Holdfast.Userspace.Objects;

namespace Holdfast.Userspace.Maps;

/// <summary>What a descriptor may do to its map from user space (<c>map_get_sys_perms</c>).</summary>
/// <param name="MayRead">Whether it may read.</param>
/// <param name="MayWrite">Whether it may write: opened for that, and the map not frozen.</param>
internal readonly record struct MapAccessRules(bool MayRead, bool MayWrite)
{
    /// <summary>The rules for a descriptor.</summary>
    public static MapAccessRules Of(DescriptorEntry entry, MapInstance map)
    {
        ObjectAccess access = entry.File.Access;
        return new(access != ObjectAccess.WriteOnly, access != ObjectAccess.ReadOnly && !map.IsFrozen);
    }

    /// <summary>The answer where access is missing.</summary>
    public static int Denied(string what) =>
        Failures.Of(Errno.EPERM, $"{what} is not allowed through this descriptor: it was opened without that right, or the map is frozen");
}
