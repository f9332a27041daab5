using System.Runtime.InteropServices;

namespace Holdfast.Isa.Abi;

/// <summary>Attribute of BPF_TOKEN_CREATE, in the kernel's layout (<c>union bpf_attr</c>).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct TokenCreateAttribute
{
    /// <summary><c>flags</c></summary>
    public uint Flags;

    /// <summary><c>bpffs_fd</c></summary>
    public uint BpffsFd;
}
