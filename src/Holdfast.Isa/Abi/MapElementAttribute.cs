using System.Runtime.InteropServices;

namespace Holdfast.Isa.Abi;

/// <summary>Attribute of BPF_MAP_*_ELEM and BPF_MAP_GET_NEXT_KEY, in the kernel's layout (<c>union bpf_attr</c>).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct MapElementAttribute
{
    /// <summary><c>map_fd</c></summary>
    public uint MapFd;

    /// <summary><c>key</c></summary>
    public ulong Key;

    /// <summary><c>value</c></summary>
    public ulong Value;

    /// <summary><c>flags</c></summary>
    public ulong Flags;
}
