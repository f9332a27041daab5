using System.Runtime.InteropServices;

namespace Holdfast.Isa.Abi;

/// <summary>What BPF_OBJ_GET_INFO_BY_FD tells of a hook of the userspace engine.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct HookInfo
{
    /// <summary>The type of the programs that it takes.</summary>
    public ProgramType ProgramType;

    /// <summary>Its id.</summary>
    public uint Id;

    /// <summary>The attach type of its links.</summary>
    public AttachType AttachType;

    /// <summary>Most programs at once.</summary>
    public uint Slots;

    /// <summary>Programs in it now.</summary>
    public uint Count;

    /// <summary>Zero.</summary>
    public uint Padding;

    /// <summary>Changes with each change of its list, from 1 on.</summary>
    public ulong Revision;

    /// <summary>Its name.</summary>
    public ObjectName Name;
}
