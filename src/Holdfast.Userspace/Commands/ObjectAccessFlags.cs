using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;

namespace Holdfast.Userspace.Commands;

/// <summary>Access as flags ask for it (<c>bpf_get_file_flag</c>).</summary>
internal static class ObjectAccessFlags
{
    /// <summary>Reads BPF_F_RDONLY and BPF_F_WRONLY; both at once are not valid.</summary>
    public static bool TryRead(MapFlags flags, out ObjectAccess access)
    {
        bool readOnly = (flags & MapFlags.ReadOnly) != 0;
        bool writeOnly = (flags & MapFlags.WriteOnly) != 0;
        access = readOnly ? ObjectAccess.ReadOnly : writeOnly ? ObjectAccess.WriteOnly : ObjectAccess.ReadWrite;
        return !(readOnly && writeOnly);
    }
}
