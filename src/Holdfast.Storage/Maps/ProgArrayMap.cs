using System.Buffers.Binary;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps;

/// <summary>BPF_MAP_TYPE_PROG_ARRAY: programs' ids.</summary>
public sealed unsafe class ProgArrayMap : IdArrayMap
{
    internal ProgArrayMap(in MapAttributes attributes, MappedFile file, int descriptor, long dataOffset)
        : base(attributes, file, descriptor, dataOffset, ObjectKind.Program)
    {
    }

    /// <summary>
    /// Claims the array for programs of one sort, or finds that it is theirs. It is so for as long as the array lives, whether programs
    /// are in it or not (<c>__bpf_prog_map_compatible</c>). The word is shared: who runs a program from a slot looks at the program itself.
    /// </summary>
    /// <param name="sort">The sort, as the engine tells them apart; not 0.</param>
    /// <returns>Whether programs of this sort may use the array and be in it. A process that may not write can't claim it, only ask.</returns>
    public bool TryOwn(ulong sort)
    {
        ref ulong owner = ref *(ulong*)(Data + ArrayLayout.OwnerOffset);
        ulong seen = IsWritable ? Interlocked.CompareExchange(ref owner, sort, 0) : Volatile.Read(ref owner);
        return seen == 0 || seen == sort;
    }

    /// <summary>The sort of programs that an array belongs to, read from its file; 0 while there is none.</summary>
    /// <param name="descriptor">The array's file.</param>
    /// <param name="dataOffset">Where its data begins.</param>
    /// <param name="sort">The sort, as given to <see cref="TryOwn"/>.</param>
    /// <returns><see cref="Errno.None"/>, or why it can't be read.</returns>
    public static Errno ReadOwner(int descriptor, long dataOffset, out ulong sort)
    {
        Span<byte> word = stackalloc byte[sizeof(ulong)];
        int count = Posix.Read(descriptor, word, dataOffset + ArrayLayout.OwnerOffset);
        sort = count == word.Length ? BinaryPrimitives.ReadUInt64LittleEndian(word) : 0;
        return count < 0 ? (Errno)(-count) : Errno.None;
    }
}
