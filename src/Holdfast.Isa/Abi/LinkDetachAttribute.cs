using System.Runtime.InteropServices;

namespace Holdfast.Isa.Abi;

/// <summary>Attribute of BPF_LINK_DETACH, in the kernel's layout (<c>union bpf_attr</c>).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct LinkDetachAttribute
{
    /// <summary><c>link_fd</c></summary>
    public uint LinkFd;
}
