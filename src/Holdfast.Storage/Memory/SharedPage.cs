using System.Diagnostics;
using System.Runtime.InteropServices;
using Holdfast.Isa.Abi;
using static Tmds.Linux.LibC;

namespace Holdfast.Storage.Memory;

/// <summary>
/// One page of a file, mapped shared, as 64-bit words for atomic use. Only files of a store's owner are mapped this way:
/// whoever could shorten them could as well delete the store.
/// </summary>
internal sealed unsafe class SharedPage : SafeHandle
{
    /// <summary>Bytes mapped.</summary>
    internal const int Length = 4096;

    private SharedPage(nint address)
        : base(0, ownsHandle: true)
    {
        SetHandle(address);
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>Maps the first page of a file that the caller has checked to be at least a page long.</summary>
    internal static Errno TryMap(int descriptor, out SharedPage? page)
    {
        Posix.Interceptor?.Invoke("mmap");
        void* address = mmap(null, Length, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
        if (address == MAP_FAILED)
        {
            page = null;
            return (Errno)Marshal.GetLastPInvokeError();
        }

        page = new SharedPage((nint)address);
        return Errno.None;
    }

    /// <summary>A word of the page. The caller keeps this object alive and undisposed while it uses the reference.</summary>
    /// <param name="offset">Byte offset, a multiple of eight.</param>
    internal ref ulong Word(int offset)
    {
        if ((uint)offset > Length - sizeof(ulong) || (offset & 7) != 0 || IsClosed)
            throw new UnreachableException("word outside the page, or the page is closed");

        // Safe: the offset was just checked against the mapped length, and the mapping lives as long as this object.
        return ref *(ulong*)((byte*)handle + offset);
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => munmap((void*)handle, Length) == 0;
}
