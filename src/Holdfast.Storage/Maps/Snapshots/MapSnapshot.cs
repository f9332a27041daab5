using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps.Snapshots;

/// <summary>A whole snapshot in a map's file, as often read as one likes.</summary>
/// <param name="header">Its header.</param>
/// <param name="descriptor">The file.</param>
/// <param name="offset">Where its blocks begin.</param>
internal sealed class MapSnapshot(SnapshotHeader header, int descriptor, long offset)
{
    /// <summary>The header.</summary>
    public SnapshotHeader Header => header;

    /// <summary>Reads all entries, and their checksums again: the file may be changed by others at any time.</summary>
    /// <param name="visitor">Takes the entries; null only checks.</param>
    /// <returns>As <see cref="SnapshotReader.ReadAll"/>.</returns>
    public Errno ReadAll(EntryVisitor? visitor)
    {
        long position = offset;
        SnapshotReader reader = new(header, bytes =>
        {
            int count = Posix.Read(descriptor, bytes, position);
            position += Math.Max(count, 0);
            return count;
        });
        return reader.ReadAll(visitor);
    }
}
