using System.Runtime.InteropServices;

namespace Holdfast.Isa.Abi;

/// <summary>Attribute of BPF_LINK_CREATE, without the part that depends on the attach type, in the kernel's layout (<c>union bpf_attr</c>).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct LinkCreateAttribute
{
    /// <summary><c>prog_fd</c></summary>
    public uint ProgFd;

    /// <summary><c>target_fd</c></summary>
    public uint TargetFd;

    /// <summary><c>attach_type</c></summary>
    public AttachType AttachType;

    /// <summary><c>flags</c></summary>
    public uint Flags;

    /// <summary><c>option_0</c></summary>
    public ulong Option0;

    /// <summary><c>option_1</c></summary>
    public ulong Option1;

    /// <summary><c>option_2</c></summary>
    public ulong Option2;

    /// <summary><c>option_3</c></summary>
    public ulong Option3;

    /// <summary><c>option_4</c></summary>
    public ulong Option4;

    /// <summary><c>option_5</c></summary>
    public ulong Option5;
}
