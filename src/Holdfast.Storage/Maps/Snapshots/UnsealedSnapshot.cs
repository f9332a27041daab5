using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps.Snapshots;

/// <summary>
/// A snapshot that is being written. In this order, each step durable before the next: its blocks, its header (from here on it is the
/// latest), the end of the one before it. A death on the way leaves the latest one, the old or this, and an area that the next snapshot empties.
/// </summary>
/// <param name="Header">The header, to be written by <see cref="Seal"/>.</param>
/// <param name="Start">Where its area begins.</param>
/// <param name="Previous">Where the other area begins.</param>
/// <param name="Length">Bytes of an area.</param>
internal readonly record struct UnsealedSnapshot(SnapshotHeader Header, long Start, long Previous, long Length)
{
    /// <summary>Frees the area.</summary>
    public Errno Clear(int descriptor) => (Errno)(-Posix.PunchHole(descriptor, Start, Length));

    /// <summary>Writes the entries of a map.</summary>
    /// <param name="descriptor">The map's file.</param>
    /// <param name="read">Reads them.</param>
    /// <returns>ENOSPC, EFBIG, EIO; EAGAIN: more entries came by than the map may have at once. Then the area is empty again.</returns>
    public Errno Write(int descriptor, Func<EntryVisitor, Errno> read)
    {
        long position = Start + ObjectHeaderLayout.PageLength;
        SnapshotWriter writer = new(Header, bytes =>
        {
            int result = Posix.Write(descriptor, bytes, position);
            position += bytes.Length;
            return (Errno)(-result);
        });
        Errno failure = read(writer.Add);
        if (failure == Errno.None)
            failure = writer.Count > Header.MaxEntries ? Errno.EAGAIN : writer.Finish();
        if (failure != Errno.None)
            _ = Clear(descriptor); // what can't be freed now, the next snapshot frees
        return failure;
    }

    /// <summary>Writes the header. The blocks must be on the device.</summary>
    public Errno Seal(int descriptor) => (Errno)(-Posix.Write(descriptor, Header.ToBytes(), Start));

    /// <summary>Frees the other area. The header must be on the device.</summary>
    public Errno Retire(int descriptor) => (Errno)(-Posix.PunchHole(descriptor, Previous, Length));
}
