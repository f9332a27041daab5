using System.Runtime.InteropServices;

namespace Holdfast.Isa.Abi;

/// <summary>Attribute of BPF_OBJ_GET_INFO_BY_FD, in the kernel's layout (<c>union bpf_attr</c>).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct InfoByFdAttribute
{
    /// <summary><c>bpf_fd</c></summary>
    public uint BpfFd;

    /// <summary><c>info_len</c></summary>
    public uint InfoLen;

    /// <summary><c>info</c></summary>
    public ulong Info;
}
