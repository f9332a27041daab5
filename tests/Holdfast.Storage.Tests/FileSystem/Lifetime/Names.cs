using System.Runtime.InteropServices;

namespace Holdfast.Storage.Tests.FileSystem.Lifetime;

/// <summary>What <c>ln</c> and <c>mv</c> do.</summary>
internal static partial class Names
{
    public static void Link(string from, string to) => Assert.Equal(0, LinkCall(from, to));

    public static void Rename(string from, string to) => Assert.Equal(0, RenameCall(from, to));

    /// <summary>Whether a descriptor is on a file below a directory, removed or not.</summary>
    public static unsafe bool IsBelow(int descriptor, string directory)
    {
        byte* target = stackalloc byte[256];
        int length = (int)ReadLinkCall($"/proc/self/fd/{descriptor}", target, 256);
        return length > 0 && System.Text.Encoding.UTF8.GetString(target, length).StartsWith(directory, StringComparison.Ordinal);
    }

    [LibraryImport("libc", EntryPoint = "readlink", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial nint ReadLinkCall(string path, byte* target, nint size);

    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int LinkCall(string from, string to);

    [LibraryImport("libc", EntryPoint = "rename", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RenameCall(string from, string to);
}
