using System.Runtime.InteropServices;

namespace Holdfast.Isa.Abi;

/// <summary>What BPF_OBJ_GET_INFO_BY_FD tells, <c>struct bpf_btf_info</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct BtfInfo
{
    /// <summary><c>btf</c></summary>
    public ulong Btf;

    /// <summary><c>btf_size</c></summary>
    public uint BtfSize;

    /// <summary><c>id</c></summary>
    public uint Id;

    /// <summary><c>name</c></summary>
    public ulong Name;

    /// <summary><c>name_len</c></summary>
    public uint NameLen;

    /// <summary><c>kernel_btf</c></summary>
    public uint KernelBtf;
}
