using System.Runtime.InteropServices;

namespace Holdfast.Tests.Engines;

/// <summary>A descriptor of a directory, which .NET doesn't open.</summary>
internal sealed partial class DirectoryDescriptor : IDisposable
{
    private const int DirectoryFlag = 0x10000; // O_DIRECTORY

    private DirectoryDescriptor(int number) => Number = number;

    public int Number { get; }

    public static DirectoryDescriptor Open(string path)
    {
        int number = Open(path, DirectoryFlag);
        Assert.True(number >= 0, path);
        return new(number);
    }

    public void Dispose() => Assert.Equal(0, Close(Number));

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
