using System.Runtime.InteropServices;

namespace Holdfast.Isa.Abi;

/// <summary>Attribute of BPF_PROG_STREAM_READ_BY_FD, in the kernel's layout (<c>union bpf_attr</c>).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct ProgStreamReadAttribute
{
    /// <summary><c>stream_buf</c></summary>
    public ulong StreamBuf;

    /// <summary><c>stream_buf_len</c></summary>
    public uint StreamBufLen;

    /// <summary><c>stream_id</c></summary>
    public uint StreamId;

    /// <summary><c>prog_fd</c></summary>
    public uint ProgFd;
}
