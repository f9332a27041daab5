using System.Runtime.InteropServices;

namespace Holdfast.Storage.Tests.FileSystem.Lifetime;

/// <summary>What <c>ln</c> and <c>mv</c> do.</summary>
internal static partial class Names
{
    public static void Link(string from, string to) => Assert.Equal(0, LinkCall(from, to));

    public static void Rename(string from, string to) => Assert.Equal(0, RenameCall(from, to));

    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int LinkCall(string from, string to);

    [LibraryImport("libc", EntryPoint = "rename", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RenameCall(string from, string to);
}
