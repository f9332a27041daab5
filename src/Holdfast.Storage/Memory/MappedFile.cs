using System.Runtime.InteropServices;
using Holdfast.Isa.Abi;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace Holdfast.Storage.Memory;

/// <summary>
/// A shared mapping of bytes of an object file. Its length was checked against the file's before mapping; who may
/// write the file may shorten it afterwards and so kill this process (docs/security.md).
/// </summary>
internal sealed unsafe class MappedFile : SafeHandle
{
    private MappedFile(nint address, long length, bool writable)
        : base(0, ownsHandle: true)
    {
        SetHandle(address);
        Length = length;
        IsWritable = writable;
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>Bytes mapped.</summary>
    internal long Length { get; }

    /// <summary>Whether it may be written to.</summary>
    internal bool IsWritable { get; }

    /// <summary>Where it is mapped. Whoever keeps an address computed from this keeps this object alive as well.</summary>
    internal byte* Base => (byte*)handle;

    /// <summary>Maps a file.</summary>
    /// <param name="descriptor">The file.</param>
    /// <param name="length">Bytes to map.</param>
    /// <param name="writable">For writing as well.</param>
    /// <param name="mapped">The mapping.</param>
    /// <returns>EINVAL if the file is shorter than that, ENOMEM, EACCES, …</returns>
    internal static Errno TryMap(int descriptor, long length, bool writable, out MappedFile? mapped) => TryMap(descriptor, 0, length, writable, out mapped);

    /// <summary>Maps a part of a file.</summary>
    /// <param name="descriptor">The file.</param>
    /// <param name="offset">Where it begins, a multiple of the page size.</param>
    /// <param name="length">Bytes to map.</param>
    /// <param name="writable">For writing as well.</param>
    /// <param name="mapped">The mapping.</param>
    /// <returns>EINVAL if the file is shorter than that, ENOMEM, EACCES, …</returns>
    internal static Errno TryMap(int descriptor, long offset, long length, bool writable, out MappedFile? mapped)
    {
        mapped = null;
        int result = Posix.Stat(descriptor, out FileStatus status);
        if (result < 0)
            return (Errno)(-result);
        if (length <= 0 || status.Length - offset < length)
            return Errno.EINVAL;
        Posix.Interceptor?.Invoke("mmap");
        void* address = mmap(null, (size_t)(ulong)length, writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, descriptor, offset);
        if (address == MAP_FAILED)
            return (Errno)Marshal.GetLastPInvokeError();
        mapped = new MappedFile((nint)address, length, writable);
        return Errno.None;
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => munmap((void*)handle, (size_t)(ulong)Length) == 0;
}
