using System.Runtime.InteropServices;

namespace Holdfast.Isa.Abi;

/// <summary>What BPF_OBJ_GET_INFO_BY_FD tells, <c>struct bpf_map_info</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct MapInfo
{
    /// <summary><c>type</c></summary>
    public MapType Type;

    /// <summary><c>id</c></summary>
    public uint Id;

    /// <summary><c>key_size</c></summary>
    public uint KeySize;

    /// <summary><c>value_size</c></summary>
    public uint ValueSize;

    /// <summary><c>max_entries</c></summary>
    public uint MaxEntries;

    /// <summary><c>map_flags</c></summary>
    public MapFlags MapFlags;

    /// <summary><c>name</c></summary>
    public ObjectName Name;

    /// <summary><c>ifindex</c></summary>
    public uint Ifindex;

    /// <summary><c>btf_vmlinux_value_type_id</c></summary>
    public uint BtfVmlinuxValueTypeId;

    /// <summary><c>netns_dev</c></summary>
    public ulong NetnsDev;

    /// <summary><c>netns_ino</c></summary>
    public ulong NetnsIno;

    /// <summary><c>btf_id</c></summary>
    public uint BtfId;

    /// <summary><c>btf_key_type_id</c></summary>
    public uint BtfKeyTypeId;

    /// <summary><c>btf_value_type_id</c></summary>
    public uint BtfValueTypeId;

    /// <summary><c>btf_vmlinux_id</c></summary>
    public uint BtfVmlinuxId;

    /// <summary><c>map_extra</c></summary>
    public ulong MapExtra;

    /// <summary>Where the SHA-256 of an array's contents goes; zero if it isn't asked for (<c>hash</c>).</summary>
    public ulong Hash;

    /// <summary>Room for it: 32 bytes (<c>hash_size</c>).</summary>
    public uint HashSize;
}
