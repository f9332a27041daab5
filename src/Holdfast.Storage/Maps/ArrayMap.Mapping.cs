using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;
using static Tmds.Linux.LibC;

namespace Holdfast.Storage.Maps;

/// <content>
/// Mapping by hand (<c>array_map_mmap</c>). Each mapping is of a private description; one for writing read-locks a byte through it, which the kernel
/// releases when the mapping is gone, however it went. So a freeze knows whether there is one, in any process.
/// </content>
public sealed unsafe partial class ArrayMap
{
    /// <summary>Maps the values.</summary>
    /// <param name="writable">Whether for writing too.</param>
    /// <param name="close">Called when the mapping is gone.</param>
    /// <param name="memory">The mapping.</param>
    /// <returns>EINVAL: not made with BPF_F_MMAPABLE; EPERM: frozen; ENOTSUPP: values with fields; EACCES: only programs' reading was meant; ENOMEM, …</returns>
    public Errno TryMapValues(bool writable, Action close, out IMapMemory? memory)
    {
        memory = null;
        if (_fields != null)
            return Errno.ENOTSUPP;
        if (writable && IsFrozen)
            return Errno.EPERM;
        if (writable && (Attributes.Flags & MapFlags.ReadOnlyProgram) != 0)
            return Errno.EACCES;
        if ((Attributes.Flags & MapFlags.Mmapable) == 0)
            return Errno.EINVAL;

        // Who touches such a mapping can't be told ENOSPC.
        Errno failure = _chunks.Ensure(0, _placement.LengthOf(_entries));
        if (failure != Errno.None)
            return failure;
        Span<byte> path = stackalloc byte[32];
        int own = Posix.OpenAt(AT_FDCWD, Posix.ProcessDescriptorPath(Descriptor, path), writable ? O_RDWR : O_RDONLY);
        if (own < 0)
            return (Errno)(-own);
        int result = writable ? OfdLock.TryShared(own, OfdLock.MappingByte) : 0;

        // Looked at under the lock: from here on a freeze finds it.
        failure = result < 0 || (writable && IsFrozen) ? Errno.EPERM : Errno.None;
        MappedFile? file = null;
        if (failure == Errno.None)
            failure = MappedFile.TryMap(own, DataOffset + ArrayLayout.For(Attributes).ElementsOffset, LengthOfPages(_placement.LengthOf(_entries)), writable, out file);
        _ = Posix.Close(own);
        memory = file is null ? null : new MappedValues(file, close);
        return failure;
    }

    /// <summary>Freezes the map, unless its values are mapped for writing somewhere.</summary>
    /// <param name="freeze">Freezes.</param>
    /// <returns>EBUSY: they are; or what <paramref name="freeze"/> answers.</returns>
    public Errno FreezeUnlessMapped(Func<Errno> freeze)
    {
        ArgumentNullException.ThrowIfNull(freeze);
        if ((Attributes.Flags & MapFlags.Mmapable) == 0 || !IsWritable)
            return freeze();
        int own = OpenPrivate();
        if (own < 0)
            return (Errno)(-own);
        int result = OfdLock.TryExclusive(own, OfdLock.MappingByte);
        Errno failure = result == -(int)Errno.EAGAIN ? Errno.EBUSY : result < 0 ? (Errno)(-result) : freeze();
        _ = Posix.Close(own);
        return failure;
    }

    private static long LengthOfPages(long length) => (length + Environment.SystemPageSize - 1) & -Environment.SystemPageSize;
}
