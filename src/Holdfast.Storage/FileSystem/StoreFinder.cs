using System.Text;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.FileSystem;

/// <summary>Finds stores without a list of them: in the places where they are by default, and where processes have objects open.</summary>
public static class StoreFinder
{
    private static readonly string[] Places = ["/run/holdfast", "/dev/shm"];

    /// <summary>Directories that hold a store, as far as the caller can see them.</summary>
    /// <param name="also">Further directories to look at.</param>
    /// <returns>Absolute paths, each once, in order.</returns>
    public static IReadOnlyList<string> Find(IEnumerable<string> also)
    {
        ArgumentNullException.ThrowIfNull(also);
        SortedSet<string> found = new(StringComparer.Ordinal);
        IEnumerable<string> places = [.. Places, StoreLocation.Default(), .. also, .. Below("/dev/shm"), .. Below("/run/user").Select(user => user + "/holdfast"), .. OpenStores()];
        foreach (string place in places.Where(place => File.Exists(place + "/store") && Directory.Exists(place + "/objects") && !File.Exists(place + "/unfinished-backup")))
            found.Add(Path.GetFullPath(place));
        return [.. found];
    }

    private static IEnumerable<string> Below(string directory)
    {
        try
        {
            return Directory.Exists(directory) ? Directory.GetDirectories(directory) : [];
        }
        catch (UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Where descriptors of processes point to files named as objects are.</summary>
    private static HashSet<string> OpenStores()
    {
        HashSet<string> stores = [];
        byte[] buffer = new byte[PathText.Maximum];
        foreach (string process in Directory.EnumerateDirectories("/proc").Where(path => char.IsAsciiDigit(path[^1])))
        {
            if (DirectoryReader.TryOpen(-1, Encoding.ASCII.GetBytes(process + "/fd\0"), out DirectoryReader? reader) != Isa.Abi.Errno.None)
                continue;
            using (reader)
            {
                while (reader!.MoveNext())
                {
                    int length = Posix.ReadLink(Encoding.ASCII.GetBytes($"{process}/fd/{Encoding.ASCII.GetString(reader.Name)}\0"), buffer);
                    int at = length < 0 ? -1 : buffer.AsSpan(0, length).IndexOf("/objects/"u8);
                    if (at > 0)
                        stores.Add(Encoding.UTF8.GetString(buffer, 0, at));
                }
            }
        }

        return stores;
    }
}
