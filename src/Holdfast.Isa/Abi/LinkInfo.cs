using System.Runtime.InteropServices;

namespace Holdfast.Isa.Abi;

/// <summary>What BPF_OBJ_GET_INFO_BY_FD tells, <c>struct bpf_link_info</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct LinkInfo
{
    /// <summary><c>type</c></summary>
    public LinkType Type;

    /// <summary><c>id</c></summary>
    public uint Id;

    /// <summary><c>prog_id</c></summary>
    public uint ProgId;

    /// <summary><c>detail_0</c></summary>
    public ulong Detail0;

    /// <summary><c>detail_1</c></summary>
    public ulong Detail1;

    /// <summary><c>detail_2</c></summary>
    public ulong Detail2;

    /// <summary><c>detail_3</c></summary>
    public ulong Detail3;

    /// <summary><c>detail_4</c></summary>
    public ulong Detail4;

    /// <summary><c>detail_5</c></summary>
    public ulong Detail5;
}
