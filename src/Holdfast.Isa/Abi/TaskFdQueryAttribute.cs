using System.Runtime.InteropServices;

namespace Holdfast.Isa.Abi;

/// <summary>Attribute of BPF_TASK_FD_QUERY, in the kernel's layout (<c>union bpf_attr</c>).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct TaskFdQueryAttribute
{
    /// <summary><c>pid</c></summary>
    public uint Pid;

    /// <summary><c>fd</c></summary>
    public uint Fd;

    /// <summary><c>flags</c></summary>
    public uint Flags;

    /// <summary><c>buf_len</c></summary>
    public uint BufLen;

    /// <summary><c>buf</c></summary>
    public ulong Buf;

    /// <summary><c>prog_id</c></summary>
    public uint ProgId;

    /// <summary><c>fd_type</c></summary>
    public uint FdType;

    /// <summary><c>probe_offset</c></summary>
    public ulong ProbeOffset;

    /// <summary><c>probe_addr</c></summary>
    public ulong ProbeAddr;
}
