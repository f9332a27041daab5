using System.Runtime.InteropServices;

namespace Holdfast.Storage.Maps.Lpm;

/// <summary>What a node of a durable trie has behind its value.</summary>
[StructLayout(LayoutKind.Sequential, Size = (int)Bytes)]
internal struct LpmUse
{
    /// <summary>Bytes of it.</summary>
    public const uint Bytes = 8;

    /// <summary>Which use of the memory it is, with <see cref="Loose"/>: numbers are had once; 0 while the node is filled.</summary>
    public uint Number;

    /// <summary>Checksum of the use and of the value as the update wrote it.</summary>
    public uint Check;

    /// <summary>In <see cref="Number"/>: a program was given the value's address.</summary>
    public const uint Loose = 1u << 31;
}
