using System.Runtime.InteropServices;
using Holdfast.Isa.Abi;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace Holdfast.Storage.Memory;

/// <summary>
/// A mapping that keeps an open description, with its locks, after its descriptor is closed. Nothing can be read or written through it, so
/// that it makes no difference what becomes of the file.
/// </summary>
internal sealed unsafe class HeldFile : SafeHandle
{
    private const int Length = 4096;

    private HeldFile(nint address)
        : base(0, ownsHandle: true) => SetHandle(address);

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>Keeps a descriptor's description.</summary>
    /// <param name="descriptor">Open for reading; stays the caller's to close.</param>
    /// <param name="held">What keeps it until it is disposed.</param>
    /// <returns>ENOMEM if the process has as many mappings as it may, …</returns>
    internal static Errno TryHold(int descriptor, out HeldFile? held)
    {
        held = null;
        Posix.Interceptor?.Invoke("mmap");

        // Safe: a fresh place that the kernel chooses, which nobody can touch.
        void* address = mmap(null, (size_t)Length, PROT_NONE, MAP_SHARED, descriptor, 0);
        if (address == MAP_FAILED)
            return (Errno)Marshal.GetLastPInvokeError();
        held = new HeldFile((nint)address);
        return Errno.None;
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => munmap((void*)handle, (size_t)Length) == 0;
}
