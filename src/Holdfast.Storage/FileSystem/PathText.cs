using System.Text;

namespace Holdfast.Storage.FileSystem;

/// <summary>Paths as the kernel takes them: bytes with a terminating zero; and their last component.</summary>
internal static class PathText
{
    /// <summary>PATH_MAX, terminator included.</summary>
    internal const int Maximum = 4096;

    /// <summary>Copies a path and terminates it; it must be shorter than <see cref="Maximum"/> and hold no zero byte.</summary>
    internal static ReadOnlySpan<byte> Terminate(ReadOnlySpan<byte> path, Span<byte> buffer)
    {
        Span<byte> target = path.Length < buffer.Length ? buffer : new byte[path.Length + 1];
        path.CopyTo(target);
        target[path.Length] = 0;
        return target[..(path.Length + 1)];
    }

    /// <summary>Bytes of a path given as text.</summary>
    internal static byte[] Bytes(string path) => Encoding.UTF8.GetBytes(path);

    /// <summary>A path for messages; bytes that aren't UTF-8 show as replacement characters.</summary>
    internal static string Show(ReadOnlySpan<byte> path) => Encoding.UTF8.GetString(path.TrimEnd((byte)0));

    /// <summary>Splits off the last component, trailing slashes put aside.</summary>
    /// <param name="path">Without terminator, not empty.</param>
    /// <param name="parent">What comes before, <c>.</c> if nothing does, <c>/</c> if that's all.</param>
    /// <param name="name">The last component; empty for <c>/</c> itself.</param>
    /// <returns>Whether a slash trailed.</returns>
    internal static bool Split(ReadOnlySpan<byte> path, out ReadOnlySpan<byte> parent, out ReadOnlySpan<byte> name)
    {
        ReadOnlySpan<byte> trimmed = path.TrimEnd((byte)'/');
        int slash = trimmed.LastIndexOf((byte)'/');
        name = trimmed[(slash + 1)..];
        parent = slash < 0 ? (trimmed.IsEmpty ? "/"u8 : "."u8) : slash == 0 ? "/"u8 : path[..slash];
        return trimmed.Length != path.Length;
    }
}
