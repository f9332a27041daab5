using System.Text;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;
using static Tmds.Linux.LibC;

namespace Holdfast.Storage.FileSystem;

/// <summary>Tells what each name in a directory is, by status, header and attribute; never by mapping.</summary>
internal static class PinLister
{
    /// <summary>Reads all names and sorts them, which takes a moment for 100,000; then streams what each is. Disposes the reader at the end.</summary>
    internal static IEnumerable<PinEntry> List(DirectoryReader reader)
    {
        using (reader)
        {
            List<byte[]> names = [];
            while (reader.MoveNext())
            {
                if (!reader.Name.SequenceEqual(MountRegistry.Marker[..^1]))
                    names.Add(reader.TerminatedName.ToArray());
            }

            names.Sort(static (a, b) => a.AsSpan().SequenceCompareTo(b));
            foreach (byte[] name in names)
            {
                if (Look(reader.Descriptor, name) is { } entry)
                    yield return entry;
            }
        }
    }

    private static PinEntry? Look(int directory, ReadOnlySpan<byte> name)
    {
        if (Posix.StatAt(directory, name, follow: false, out FileStatus status) < 0)
            return null;
        PinEntry entry = new(
            Encoding.UTF8.GetString(name[..^1]),
            status.IsDirectory ? PinnedNameType.Directory : (status.Mode & 0xF000) == 0xA000 ? PinnedNameType.SymbolicLink : PinnedNameType.Other,
            ObjectKind.None,
            0,
            string.Empty,
            status.Mode & 0xFFF,
            status.User,
            status.Group,
            status.Links,
            status.Allocated,
            Guid.Empty);
        return status.IsRegular ? LookInside(directory, name, entry) : entry;
    }

    private static PinEntry LookInside(int directory, ReadOnlySpan<byte> name, PinEntry entry)
    {
        int descriptor = Posix.OpenAt(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
        if (descriptor < 0)
            return entry with { Type = PinnedNameType.Unreadable };
        ObjectHeaderStatus status = ObjectHeaderCodec.Read(descriptor, out ObjectHeader? header, out _);
        if (status == ObjectHeaderStatus.Valid)
        {
            entry = entry with
            {
                Type = PinnedNameType.Pin,
                Kind = header!.Key.Kind,
                Id = header.Key.Id,
                ObjectName = header.Name.ToString(),
                StoreId = header.StoreId,
            };
        }
        else if (status is ObjectHeaderStatus.Damaged or ObjectHeaderStatus.Newer)
        {
            entry = entry with { Kind = KindMark.Read(descriptor) };
        }

        _ = Posix.Close(descriptor);
        return entry;
    }
}
