using System.Runtime.InteropServices;
using Holdfast.Isa.Abi;

namespace Holdfast.Kernel;

/// <summary>The kernel engine: every command goes to bpf(2) unchanged, and the kernel's answer comes back unchanged.</summary>
public sealed partial class KernelEngine : IBpfEngine
{
    /// <inheritdoc/>
    public string Name => "kernel";

    /// <inheritdoc/>
    public unsafe int Invoke(BpfCommand command, Span<byte> attribute)
    {
        // Safe: the kernel reads and writes at most attribute.Length bytes at this address, and the span stays pinned meanwhile.
        // The addresses inside the attribute are the caller's promise, as with the system call itself; a bad one is EFAULT.
        fixed (byte* address = attribute)
        {
            nint result = syscall(SystemCallNumber, (nint)(uint)command, (nint)address, attribute.Length);
            return result >= 0 ? (int)result : -Marshal.GetLastPInvokeError();
        }
    }

    /// <inheritdoc/>
    public int Close(int descriptor) => close(descriptor) == 0 ? 0 : -Marshal.GetLastPInvokeError();

    /// <inheritdoc/>
    public ObjectKind KindOf(int descriptor)
    {
        string? target = new FileInfo($"/proc/self/fd/{descriptor}").LinkTarget;
        return target switch
        {
            "anon_inode:bpf-map" => ObjectKind.Map,
            "anon_inode:bpf-prog" => ObjectKind.Program,
            "anon_inode:bpf_link" or "anon_inode:bpf-link" => ObjectKind.Link,
            "anon_inode:btf" => ObjectKind.Btf,
            _ => ObjectKind.None,
        };
    }

    /// <inheritdoc/>
    public string DefaultMount => "/sys/fs/bpf";

    /// <summary>The kernel says no more than the error number.</summary>
    public string? LastFailure => null;

    /// <summary>Nothing to let go of: descriptors belong to their handles.</summary>
    public void Dispose()
    {
    }

    /// <summary><c>__NR_bpf</c>: 321 on x86-64, 280 in the generic table that arm64 uses.</summary>
    private static nint SystemCallNumber { get; } = RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 321,
        Architecture.Arm64 => 280,
        var other => throw new PlatformNotSupportedException($"bpf(2) has no known number on {other}."),
    };

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint syscall(nint number, nint command, nint attribute, nint size);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int descriptor);
}
