using System.Runtime.InteropServices;
using System.Text;
using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;

namespace Holdfast.Isa.Tests;

/// <summary>The running kernel as an oracle: bpf(2) by a raw system call, for tests only.</summary>
internal sealed partial class KernelBpf : IBpfEngine
{
    /// <summary>Why the kernel can't be asked here, or null when it can: proven by loading a program.</summary>
    public static string? Unavailable { get; } = Probe();

    public string Name => "kernel";

    public string DefaultMount => "/sys/fs/bpf";

    public string? LastFailure => null;

    public ObjectKind KindOf(int descriptor) => ObjectKind.None;

    public static void SkipUnlessAvailable()
    {
        if (Unavailable is not null)
        {
            Assert.Skip(Unavailable);
        }
    }

    public unsafe int Invoke(BpfCommand command, Span<byte> attribute)
    {
        // Safe: the span stays pinned for the duration of the call, and its length goes with it.
        fixed (byte* pointer = attribute)
        {
            nint result = SystemCall(CallNumber, (nint)(uint)command, (nint)pointer, (nuint)attribute.Length);
            return result < 0 ? -Marshal.GetLastPInvokeError() : (int)result;
        }
    }

    public int Close(int descriptor) => CloseDescriptor(descriptor) < 0 ? -Marshal.GetLastPInvokeError() : 0;

    public void Dispose()
    {
    }

    /// <summary>Loads a socket filter; the log is what the verifier wrote.</summary>
    public int Load(ReadOnlySpan<Instruction> program, uint logLevel, out string log, ProgramType type = ProgramType.SocketFilter)
    {
        byte[] buffer = new byte[logLevel == 0 ? 0 : 1 << 16];
        ProgLoadRequest request = new() { Type = type, Instructions = program, LogLevel = logLevel, Log = buffer };
        int result = this.ProgLoad(request, out _);
        int end = Array.IndexOf(buffer, (byte)0);
        log = Encoding.UTF8.GetString(buffer, 0, Math.Max(end, 0));
        return result;
    }

    private static nint CallNumber => RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 321 : 280;

    private static string? Probe()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture is not (Architecture.X64 or Architecture.Arm64))
        {
            return "bpf(2) is Linux's, and only its x64 and arm64 numbers are known here";
        }

        using KernelBpf kernel = new();
        int descriptor = kernel.Load([Insn.Mov64Imm(0, 0), Insn.Exit()], 0, out _, ProgramType.Kprobe);
        if (descriptor < 0)
        {
            return $"bpf(2) refused a trivial program: {(Errno)(-descriptor)}";
        }

        kernel.Close(descriptor);
        return null;
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCall(nint number, nint first, nint second, nuint third);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int CloseDescriptor(int descriptor);
}
