using System.Runtime.InteropServices;

namespace Holdfast.Isa.Abi;

/// <summary>Attribute of BPF_PROG_LOAD, in the kernel's layout (<c>union bpf_attr</c>).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct ProgLoadAttribute
{
    /// <summary><c>prog_type</c></summary>
    public ProgramType ProgType;

    /// <summary><c>insn_cnt</c></summary>
    public uint InsnCnt;

    /// <summary><c>insns</c></summary>
    public ulong Insns;

    /// <summary><c>license</c></summary>
    public ulong License;

    /// <summary><c>log_level</c></summary>
    public uint LogLevel;

    /// <summary><c>log_size</c></summary>
    public uint LogSize;

    /// <summary><c>log_buf</c></summary>
    public ulong LogBuf;

    /// <summary><c>kern_version</c></summary>
    public uint KernVersion;

    /// <summary><c>prog_flags</c></summary>
    public ProgramFlags ProgFlags;

    /// <summary><c>prog_name</c></summary>
    public ObjectName ProgName;

    /// <summary><c>prog_ifindex</c></summary>
    public uint ProgIfindex;

    /// <summary><c>expected_attach_type</c></summary>
    public AttachType ExpectedAttachType;

    /// <summary><c>prog_btf_fd</c></summary>
    public uint ProgBtfFd;

    /// <summary><c>func_info_rec_size</c></summary>
    public uint FuncInfoRecSize;

    /// <summary><c>func_info</c></summary>
    public ulong FuncInfo;

    /// <summary><c>func_info_cnt</c></summary>
    public uint FuncInfoCnt;

    /// <summary><c>line_info_rec_size</c></summary>
    public uint LineInfoRecSize;

    /// <summary><c>line_info</c></summary>
    public ulong LineInfo;

    /// <summary><c>line_info_cnt</c></summary>
    public uint LineInfoCnt;

    /// <summary><c>attach_btf_id</c></summary>
    public uint AttachBtfId;

    /// <summary><c>attach_prog_fd</c></summary>
    public uint AttachProgFd;

    /// <summary><c>core_relo_cnt</c></summary>
    public uint CoreReloCnt;

    /// <summary><c>fd_array</c></summary>
    public ulong FdArray;

    /// <summary><c>core_relos</c></summary>
    public ulong CoreRelos;

    /// <summary><c>core_relo_rec_size</c></summary>
    public uint CoreReloRecSize;

    /// <summary><c>log_true_size</c></summary>
    public uint LogTrueSize;

    /// <summary><c>prog_token_fd</c></summary>
    public int ProgTokenFd;

    /// <summary><c>fd_array_cnt</c></summary>
    public uint FdArrayCnt;

    /// <summary><c>signature</c></summary>
    public ulong Signature;

    /// <summary><c>signature_size</c></summary>
    public uint SignatureSize;

    /// <summary><c>keyring_id</c></summary>
    public int KeyringId;
}
