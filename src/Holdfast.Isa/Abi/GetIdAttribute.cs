using System.Runtime.InteropServices;

namespace Holdfast.Isa.Abi;

/// <summary>Attribute of BPF_*_GET_NEXT_ID and BPF_*_GET_FD_BY_ID (Id is start_id, or the id), in the kernel's layout (<c>union bpf_attr</c>).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct GetIdAttribute
{
    /// <summary><c>id</c></summary>
    public uint Id;

    /// <summary><c>next_id</c></summary>
    public uint NextId;

    /// <summary><c>open_flags</c></summary>
    public uint OpenFlags;

    /// <summary><c>fd_by_id_token_fd</c></summary>
    public int FdByIdTokenFd;
}
