using System.Runtime.InteropServices;

namespace Holdfast.Isa.Abi;

/// <summary>What a new hook is made from.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct HookAttribute
{
    /// <summary>The type of the programs that it takes.</summary>
    public ProgramType ProgramType;

    /// <summary>The attach type that links to it have.</summary>
    public AttachType AttachType;

    /// <summary>Most programs at once, 1 to 63; 0 for 63.</summary>
    public uint Slots;

    /// <summary>Its name, not a pin.</summary>
    public ObjectName Name;
}
