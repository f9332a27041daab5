using System.Runtime.InteropServices;

namespace Holdfast.Isa.Abi;

/// <summary>Attribute of BPF_MAP_CREATE, in the kernel's layout (<c>union bpf_attr</c>).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct MapCreateAttribute
{
    /// <summary><c>map_type</c></summary>
    public MapType MapType;

    /// <summary><c>key_size</c></summary>
    public uint KeySize;

    /// <summary><c>value_size</c></summary>
    public uint ValueSize;

    /// <summary><c>max_entries</c></summary>
    public uint MaxEntries;

    /// <summary><c>map_flags</c></summary>
    public MapFlags MapFlags;

    /// <summary><c>inner_map_fd</c></summary>
    public uint InnerMapFd;

    /// <summary><c>numa_node</c></summary>
    public uint NumaNode;

    /// <summary><c>map_name</c></summary>
    public ObjectName MapName;

    /// <summary><c>map_ifindex</c></summary>
    public uint MapIfindex;

    /// <summary><c>btf_fd</c></summary>
    public uint BtfFd;

    /// <summary><c>btf_key_type_id</c></summary>
    public uint BtfKeyTypeId;

    /// <summary><c>btf_value_type_id</c></summary>
    public uint BtfValueTypeId;

    /// <summary><c>btf_vmlinux_value_type_id</c></summary>
    public uint BtfVmlinuxValueTypeId;

    /// <summary><c>map_extra</c></summary>
    public ulong MapExtra;

    /// <summary><c>value_type_btf_obj_fd</c></summary>
    public int ValueTypeBtfObjFd;

    /// <summary><c>map_token_fd</c></summary>
    public int MapTokenFd;

    /// <summary><c>excl_prog_hash</c></summary>
    public ulong ExclProgHash;

    /// <summary><c>excl_prog_hash_size</c></summary>
    public uint ExclProgHashSize;
}
