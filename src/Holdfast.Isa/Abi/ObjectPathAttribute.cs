using System.Runtime.InteropServices;

namespace Holdfast.Isa.Abi;

/// <summary>Attribute of BPF_OBJ_PIN and BPF_OBJ_GET, in the kernel's layout (<c>union bpf_attr</c>).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct ObjectPathAttribute
{
    /// <summary><c>pathname</c></summary>
    public ulong Pathname;

    /// <summary><c>bpf_fd</c></summary>
    public uint BpfFd;

    /// <summary><c>file_flags</c></summary>
    public uint FileFlags;

    /// <summary><c>path_fd</c></summary>
    public int PathFd;
}
