using System.Runtime.InteropServices;

namespace Holdfast.Isa.Abi;

/// <summary>Attribute of BPF_MAP_*_BATCH, in the kernel's layout (<c>union bpf_attr</c>).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct MapBatchAttribute
{
    /// <summary><c>in_batch</c></summary>
    public ulong InBatch;

    /// <summary><c>out_batch</c></summary>
    public ulong OutBatch;

    /// <summary><c>keys</c></summary>
    public ulong Keys;

    /// <summary><c>values</c></summary>
    public ulong Values;

    /// <summary><c>count</c></summary>
    public uint Count;

    /// <summary><c>map_fd</c></summary>
    public uint MapFd;

    /// <summary><c>elem_flags</c></summary>
    public ulong ElemFlags;

    /// <summary><c>flags</c></summary>
    public ulong Flags;
}
