using System.Runtime.InteropServices;

namespace Holdfast.Isa.Abi;

/// <summary>Attribute of BPF_RAW_TRACEPOINT_OPEN, in the kernel's layout (<c>union bpf_attr</c>).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct RawTracepointAttribute
{
    /// <summary><c>name</c></summary>
    public ulong Name;

    /// <summary><c>prog_fd</c></summary>
    public uint ProgFd;

    /// <summary><c>cookie</c></summary>
    public ulong Cookie;
}
