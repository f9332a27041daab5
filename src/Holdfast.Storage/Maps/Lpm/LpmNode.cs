using System.Runtime.InteropServices;

namespace Holdfast.Storage.Maps.Lpm;

/// <summary>The header of a node; the key's bytes and the value follow. A trie is path-compressed: a node's bits are all its prefix's.</summary>
[StructLayout(LayoutKind.Sequential, Size = LpmLayout.HeaderBytes)]
internal struct LpmNode
{
    /// <summary>Index + 1 of the node of longer prefixes whose next bit is 0; 0 if there is none. <see cref="Child1"/> stands right behind it.</summary>
    public uint Child0;

    /// <summary>Index + 1 of the node of longer prefixes whose next bit is 1.</summary>
    public uint Child1;

    /// <summary>Length of the prefix in bits, with <see cref="Joins"/>.</summary>
    public uint Info;

    /// <summary>Index + 1 of the next node of the free queue.</summary>
    public uint Next;

    /// <summary>In <see cref="Info"/>: no entry, only where two others part.</summary>
    public const uint Joins = 1u << 31;

    /// <summary>The length of the prefix.</summary>
    public static int LengthOf(uint info) => (int)(info & ~Joins);
}
