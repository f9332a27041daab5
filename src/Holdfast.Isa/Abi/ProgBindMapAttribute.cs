using System.Runtime.InteropServices;

namespace Holdfast.Isa.Abi;

/// <summary>Attribute of BPF_PROG_BIND_MAP, in the kernel's layout (<c>union bpf_attr</c>).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct ProgBindMapAttribute
{
    /// <summary><c>prog_fd</c></summary>
    public uint ProgFd;

    /// <summary><c>map_fd</c></summary>
    public uint MapFd;

    /// <summary><c>flags</c></summary>
    public uint Flags;
}
