using System.Runtime.InteropServices;

namespace Holdfast.Isa.Abi;

/// <summary>Attribute of BPF_LINK_UPDATE, in the kernel's layout (<c>union bpf_attr</c>).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct LinkUpdateAttribute
{
    /// <summary><c>link_fd</c></summary>
    public uint LinkFd;

    /// <summary><c>new_prog_fd</c></summary>
    public uint NewProgFd;

    /// <summary><c>flags</c></summary>
    public uint Flags;

    /// <summary><c>old_prog_fd</c></summary>
    public uint OldProgFd;
}
