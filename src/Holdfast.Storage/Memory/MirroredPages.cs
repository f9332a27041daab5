using System.Runtime.InteropServices;
using Holdfast.Isa.Abi;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace Holdfast.Storage.Memory;

/// <summary>
/// Bytes of a file mapped twice in a row, so that what begins before their end and goes on at their start lies in one piece
/// (as <c>bpf_ringbuf_area_alloc</c> does it). The file's length was checked before.
/// </summary>
internal sealed unsafe class MirroredPages : SafeHandle
{
    private readonly long _length;

    private MirroredPages(nint address, long length)
        : base(0, ownsHandle: true)
    {
        SetHandle(address);
        _length = length;
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>The first of twice the length in bytes. Whoever keeps the address keeps this object alive as well.</summary>
    internal byte* Base => (byte*)handle;

    /// <summary>Maps.</summary>
    /// <param name="descriptor">The file.</param>
    /// <param name="offset">Where in it the bytes begin, whole pages.</param>
    /// <param name="length">How many, whole pages.</param>
    /// <param name="writable">For writing as well.</param>
    /// <param name="pages">The mapping.</param>
    /// <returns>ENOMEM, EACCES, …</returns>
    internal static Errno TryMap(int descriptor, long offset, long length, bool writable, out MirroredPages? pages)
    {
        pages = null;
        int protection = writable ? PROT_READ | PROT_WRITE : PROT_READ;

        // Room for both first: what MAP_FIXED replaces below is then this room and nothing else.
        Posix.Interceptor?.Invoke("mmap");
        void* room = mmap(null, (size_t)(ulong)(2 * length), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (room == MAP_FAILED)
            return (Errno)Marshal.GetLastPInvokeError();
        pages = new MirroredPages((nint)room, length);
        for (int half = 0; half < 2; half++)
        {
            void* place = (byte*)room + (half * length);
            if (mmap(place, (size_t)(ulong)length, protection, MAP_SHARED | MAP_FIXED, descriptor, offset) != MAP_FAILED)
                continue;
            Errno failure = (Errno)Marshal.GetLastPInvokeError();
            pages.Dispose();
            pages = null;
            return failure;
        }

        return Errno.None;
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => munmap((void*)handle, (size_t)(ulong)(2 * _length)) == 0;
}
