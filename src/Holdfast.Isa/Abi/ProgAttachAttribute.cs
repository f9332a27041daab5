using System.Runtime.InteropServices;

namespace Holdfast.Isa.Abi;

/// <summary>Attribute of BPF_PROG_ATTACH and BPF_PROG_DETACH, in the kernel's layout (<c>union bpf_attr</c>).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct ProgAttachAttribute
{
    /// <summary><c>target_fd</c></summary>
    public uint TargetFd;

    /// <summary><c>attach_bpf_fd</c></summary>
    public uint AttachBpfFd;

    /// <summary><c>attach_type</c></summary>
    public AttachType AttachType;

    /// <summary><c>attach_flags</c></summary>
    public uint AttachFlags;

    /// <summary><c>replace_bpf_fd</c></summary>
    public uint ReplaceBpfFd;

    /// <summary><c>relative_fd</c></summary>
    public uint RelativeFd;

    /// <summary><c>expected_revision</c></summary>
    public ulong ExpectedRevision;
}
