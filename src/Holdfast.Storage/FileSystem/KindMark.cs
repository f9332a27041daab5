using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;
using static Tmds.Linux.LibC;

namespace Holdfast.Storage.FileSystem;

/// <summary>The extended attribute that tells a pin's kind without opening it as an object: <c>user.bpf.type</c>.</summary>
internal static class KindMark
{
    private static ReadOnlySpan<byte> Name => "user.bpf.type\0"u8;

    /// <summary>Marks an object's file. Where the file system has no user attributes the header is all there is.</summary>
    internal static void Set(ObjectFile file)
    {
        if (file.IsKindMarked)
            return;
        Set(file.Descriptor, file.Key.Kind);
        file.IsKindMarked = true;
    }

    /// <summary>Marks an open file.</summary>
    internal static void Set(int descriptor, ObjectKind kind) => _ = Posix.SetAttribute(descriptor, Name, TextOf(kind));

    /// <summary>Reads the mark of an open file.</summary>
    internal static ObjectKind Read(int descriptor)
    {
        Span<byte> value = stackalloc byte[8];
        int length = Posix.GetAttribute(descriptor, Name, value);
        return length <= 0 ? ObjectKind.None : Parse(value[..Math.Min(length, value.Length)]);
    }

    /// <summary>Whether the store's file system keeps the mark.</summary>
    internal static bool IsSupported(Store store)
    {
        int descriptor = Posix.OpenAt(store.Directories.Root, "store\0"u8, O_RDONLY | O_NOFOLLOW);
        if (descriptor < 0)
            return false;
        int result = Posix.GetAttribute(descriptor, Name, []);
        _ = Posix.Close(descriptor);
        return result >= 0 || result == -ENODATA;
    }

    private static ReadOnlySpan<byte> TextOf(ObjectKind kind) => kind switch
    {
        ObjectKind.Map => "map"u8,
        ObjectKind.Program => "prog"u8,
        ObjectKind.Link => "link"u8,
        ObjectKind.Hook => "hook"u8,
        _ => "btf"u8,
    };

    private static ObjectKind Parse(ReadOnlySpan<byte> text) =>
        text.SequenceEqual("map"u8) ? ObjectKind.Map
        : text.SequenceEqual("prog"u8) ? ObjectKind.Program
        : text.SequenceEqual("link"u8) ? ObjectKind.Link
        : text.SequenceEqual("hook"u8) ? ObjectKind.Hook
        : ObjectKind.None;
}
