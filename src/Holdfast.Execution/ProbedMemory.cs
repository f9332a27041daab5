using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Holdfast.Execution;

/// <summary>
/// Reads of addresses that may be bad: through a system call, which answers EFAULT where a load would end the process. For
/// <c>PROBE_MEM</c> loads and the <c>bpf_probe_read_*</c> helpers.
/// </summary>
public static unsafe partial class ProbedMemory
{
    private const int Eperm = 1;
    private const int Enosys = 38;
    private static readonly int ProcessId = Environment.ProcessId;
    private static int _memoryFile = -1;

    /// <summary>Copies memory of this process.</summary>
    /// <param name="destination">Where to; must be valid.</param>
    /// <param name="source">Any address.</param>
    /// <param name="length">Bytes.</param>
    /// <returns>Whether all of it could be read; if not, the destination's content is undefined.</returns>
    public static bool TryCopy(void* destination, ulong source, nuint length)
    {
        // The kernel checks both ranges and reports what it can't read; nothing is dereferenced here.
        IoVector local = new() { Base = destination, Length = length };
        IoVector remote = new() { Base = (void*)source, Length = length };
        nint copied = ProcessVmRead(ProcessId, &local, 1, &remote, 1, 0);
        if (copied < 0 && Marshal.GetLastSystemError() is Eperm or Enosys)
        {
            copied = PRead(MemoryFile(), destination, length, (long)source);
        }

        return copied == (nint)length;
    }

    /// <summary>Loads a number.</summary>
    /// <param name="address">Any address.</param>
    /// <param name="size">1, 2, 4 or 8.</param>
    /// <returns>The number, zero-extended; 0 if it can't be read.</returns>
    public static ulong Load(ulong address, int size)
    {
        ulong value = 0;
        return TryCopy(&value, address, (nuint)size) ? value : 0;
    }

    // Generated code calls these: one static method for each kind of load.
    internal static ulong Load8(ulong address) => Load(address, 1);

    internal static ulong Load16(ulong address) => Load(address, 2);

    internal static ulong Load32(ulong address) => Load(address, 4);

    internal static ulong Load64(ulong address) => Load(address, 8);

    /// <summary>Sandboxes may forbid process_vm_readv; the file answers the same question. Opened once, never closed.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int MemoryFile()
    {
        if (Volatile.Read(ref _memoryFile) < 0)
        {
            const int ReadOnlyCloseOnExec = 0x80000;
            fixed (byte* path = "/proc/self/mem\0"u8)
            {
                int descriptor = Open(path, ReadOnlyCloseOnExec);
                if (Interlocked.CompareExchange(ref _memoryFile, descriptor, -1) != -1)
                {
                    _ = Close(descriptor);
                }
            }
        }

        return _memoryFile;
    }

    [LibraryImport("libc", EntryPoint = "process_vm_readv", SetLastError = false)]
    private static partial nint ProcessVmRead(int process, IoVector* local, nuint localCount, IoVector* remote, nuint remoteCount, nuint flags);

    [LibraryImport("libc", EntryPoint = "pread")]
    private static partial nint PRead(int descriptor, void* buffer, nuint length, long offset);

    [LibraryImport("libc", EntryPoint = "open")]
    private static partial int Open(byte* path, int flags);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);

    private struct IoVector
    {
        public void* Base;
        public nuint Length;
    }
}
