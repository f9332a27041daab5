using Holdfast.Isa.Abi;

namespace Holdfast.Userspace.Attributes;

/// <summary>
/// Memory that an attribute of bpf(2) points to. The addresses are the caller's promise: a null one is EFAULT as in the kernel,
/// any other bad one faults the process, since nothing between the two is there to catch it (a row of docs/parity.md).
/// </summary>
internal static unsafe class UserMemory
{
    /// <summary>Longest C string that is read, terminator included (<c>PATH_MAX</c>).</summary>
    public const int MaximumString = 4096;

    /// <summary>A view of the caller's memory, valid for the duration of the command.</summary>
    public static bool TrySpan(ulong address, long length, out Span<byte> span)
    {
        span = default;
        if (length == 0)
            return true;
        if (address == 0 || length is < 0 or > int.MaxValue)
            return false;
        // Safe as far as the caller keeps bpf(2)'s promise that `length` bytes are there while the command runs.
        span = new Span<byte>((void*)address, (int)length);
        return true;
    }

    /// <summary>Copies the caller's memory, so that what is checked is what is used.</summary>
    public static bool TryCopy(ulong address, long length, out byte[] copy)
    {
        bool readable = TrySpan(address, length, out Span<byte> span);
        copy = readable ? span.ToArray() : [];
        return readable;
    }

    /// <summary>Reads a C string, or as much of it as is wanted.</summary>
    public static bool TryPrefix(ulong address, int maximum, out byte[] text)
    {
        Errno errno = TryString(address, maximum, out text);
        if (errno == Errno.ENAMETOOLONG)
            return TryCopy(address, maximum, out text);
        return errno == Errno.None;
    }

    /// <summary>Reads a C string.</summary>
    public static Errno TryString(ulong address, int maximum, out byte[] text)
    {
        Errno errno = TryString(address, maximum, [], out Span<byte> copy);
        text = copy.ToArray();
        return errno;
    }

    /// <summary>Reads a C string, into memory of the caller's if there is enough.</summary>
    public static Errno TryString(ulong address, int maximum, Span<byte> room, out Span<byte> text)
    {
        text = default;
        if (address == 0)
            return Errno.EFAULT;
        // Safe under the same promise: the string ends with a zero byte within `maximum` bytes, or reading stops there.
        byte* start = (byte*)address;
        int length = 0;
        while (length < maximum && start[length] != 0)
            length++;
        if (length == maximum)
            return Errno.ENAMETOOLONG;
        text = length <= room.Length ? room[..length] : new byte[length];
        new Span<byte>(start, length).CopyTo(text);
        return Errno.None;
    }
}
