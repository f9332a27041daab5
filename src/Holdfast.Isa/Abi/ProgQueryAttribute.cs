using System.Runtime.InteropServices;

namespace Holdfast.Isa.Abi;

/// <summary>Attribute of BPF_PROG_QUERY, in the kernel's layout (<c>union bpf_attr</c>).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct ProgQueryAttribute
{
    /// <summary><c>target_fd</c></summary>
    public uint TargetFd;

    /// <summary><c>attach_type</c></summary>
    public AttachType AttachType;

    /// <summary><c>query_flags</c></summary>
    public uint QueryFlags;

    /// <summary><c>attach_flags</c></summary>
    public uint AttachFlags;

    /// <summary><c>prog_ids</c></summary>
    public ulong ProgIds;

    /// <summary><c>prog_cnt</c></summary>
    public uint ProgCnt;

    /// <summary><c>prog_attach_flags</c></summary>
    public ulong ProgAttachFlags;

    /// <summary><c>link_ids</c></summary>
    public ulong LinkIds;

    /// <summary><c>link_attach_flags</c></summary>
    public ulong LinkAttachFlags;

    /// <summary><c>revision</c></summary>
    public ulong Revision;
}
