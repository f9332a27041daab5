using System.Runtime.InteropServices;

namespace Holdfast.Isa.Abi;

/// <summary>Attribute of BPF_ENABLE_STATS, in the kernel's layout (<c>union bpf_attr</c>).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct EnableStatsAttribute
{
    /// <summary><c>type</c></summary>
    public uint Type;
}
