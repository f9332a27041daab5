using System.Runtime.InteropServices;

namespace Holdfast.Isa.Abi;

/// <summary>Attribute of BPF_ITER_CREATE, in the kernel's layout (<c>union bpf_attr</c>).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct IterCreateAttribute
{
    /// <summary><c>link_fd</c></summary>
    public uint LinkFd;

    /// <summary><c>flags</c></summary>
    public uint Flags;
}
