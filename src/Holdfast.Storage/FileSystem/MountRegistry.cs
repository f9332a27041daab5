using System.Globalization;
using System.Text;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;
using static Tmds.Linux.LibC;

namespace Holdfast.Storage.FileSystem;

/// <summary>
/// Which directories are bpffs: <c>mounts/NAME</c> in the store and <c>.bpffs</c> in the directory are one file (hard links), of
/// <c>key=value</c> lines. So a directory tells by itself what it is, also to those who can't see the store, and the store can list its own.
/// </summary>
internal static class MountRegistry
{
    /// <summary>The marker's name; bpffs reserves names with a dot.</summary>
    internal static ReadOnlySpan<byte> Marker => ".bpffs\0"u8;

    private const string FirstLine = "holdfast bpffs 1";
    private const int Maximum = 8192;

    /// <summary>Marks the directory <c>fs</c> of a new store.</summary>
    internal static int MakeDefault(int root, string storePath, Guid storeId)
    {
        int mounts = Posix.OpenAt(root, "mounts\0"u8, O_PATH | O_DIRECTORY | O_NOFOLLOW);
        if (mounts < 0)
            return mounts;
        MountInfo info = new("default", storePath + "/fs", new MountOptions(), storeId);
        int result = StoreBuilder.Publish(mounts, "default\0"u8, ToBytes(info), 0x1A4);
        if (result == 0)
            result = Posix.Link(mounts, "default\0"u8, root, "fs/.bpffs\0"u8);
        _ = Posix.Close(mounts);
        return result == -EEXIST ? 0 : result;
    }

    /// <summary>The marker's bytes.</summary>
    internal static byte[] ToBytes(MountInfo info)
    {
        StringBuilder text = new();
        text.Append(FirstLine).Append('\n');
        text.Append("store=").Append(info.StoreId).Append('\n');
        text.Append("path=").Append(info.Path.Replace("\n", "\\n", StringComparison.Ordinal)).Append('\n');
        text.Append("mode=").Append(Convert.ToString(info.Options.Mode, 8)).Append('\n');
        if (info.Options.User is uint user)
            text.Append(CultureInfo.InvariantCulture, $"uid={user}\n");
        if (info.Options.Group is uint group)
            text.Append(CultureInfo.InvariantCulture, $"gid={group}\n");
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>Reads a marker; null if it is none. Lines that aren't known are passed over.</summary>
    internal static MountInfo? TryRead(int directory, ReadOnlySpan<byte> name, string registryName)
    {
        int descriptor = Posix.OpenAt(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
        if (descriptor < 0)
            return null;
        byte[] bytes = new byte[Maximum];
        int count = Posix.Read(descriptor, bytes, 0);
        _ = Posix.Close(descriptor);
        return count < 0 ? null : TryParse(bytes.AsSpan(0, count), registryName);
    }

    /// <summary>Reads a marker's bytes.</summary>
    internal static MountInfo? TryParse(ReadOnlySpan<byte> bytes, string registryName)
    {
        string[] lines = Encoding.UTF8.GetString(bytes).Split('\n');
        if (lines[0] != FirstLine)
            return null;
        Guid store = Guid.Empty;
        string path = string.Empty;
        MountOptions options = new();
        foreach (string line in lines[1..])
        {
            int equals = line.IndexOf('=', StringComparison.Ordinal);
            string value = line[(equals + 1)..];
            switch (equals < 0 ? string.Empty : line[..equals])
            {
                case "store" when Guid.TryParse(value, out Guid id):
                    store = id;
                    break;
                case "path":
                    path = value;
                    break;
                case "mode" when TryParseOctal(value, out uint mode):
                    options = options with { Mode = mode };
                    break;
                case "uid" when uint.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out uint user):
                    options = options with { User = user };
                    break;
                case "gid" when uint.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out uint group):
                    options = options with { Group = group };
                    break;
            }
        }

        return store == Guid.Empty ? null : new MountInfo(registryName, path, options, store);
    }

    /// <summary>Every bpffs directory of a store.</summary>
    internal static List<MountInfo> List(Store store)
    {
        List<MountInfo> mounts = [];
        if (DirectoryReader.TryOpen(store.Directories.Mounts, ".\0"u8, out DirectoryReader? reader) != Errno.None)
            return mounts;
        using (reader)
        {
            while (reader!.MoveNext())
            {
                MountInfo? info = TryRead(store.Directories.Mounts, reader.TerminatedName, Encoding.UTF8.GetString(reader.Name));
                if (info is not null)
                    mounts.Add(info);
            }
        }

        return mounts;
    }

    private static bool TryParseOctal(string text, out uint value)
    {
        value = 0;
        foreach (char digit in text)
        {
            if (digit is < '0' or > '7' || value > 0xFFF)
                return false;
            value = (value << 3) + (uint)(digit - '0');
        }

        return text.Length > 0;
    }
}
