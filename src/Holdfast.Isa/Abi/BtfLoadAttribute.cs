using System.Runtime.InteropServices;

namespace Holdfast.Isa.Abi;

/// <summary>Attribute of BPF_BTF_LOAD, in the kernel's layout (<c>union bpf_attr</c>).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct BtfLoadAttribute
{
    /// <summary><c>btf</c></summary>
    public ulong Btf;

    /// <summary><c>btf_log_buf</c></summary>
    public ulong BtfLogBuf;

    /// <summary><c>btf_size</c></summary>
    public uint BtfSize;

    /// <summary><c>btf_log_size</c></summary>
    public uint BtfLogSize;

    /// <summary><c>btf_log_level</c></summary>
    public uint BtfLogLevel;

    /// <summary><c>btf_log_true_size</c></summary>
    public uint BtfLogTrueSize;

    /// <summary><c>btf_flags</c></summary>
    public uint BtfFlags;

    /// <summary><c>btf_token_fd</c></summary>
    public int BtfTokenFd;
}
