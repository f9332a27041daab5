using System.Runtime.InteropServices;
using System.Text;
using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;

namespace Holdfast.Verifier.Tests.Prototypes;

/// <summary>Asks the running kernel's verifier about small programs: bpf(2) by a raw system call.</summary>
internal static partial class KernelOracle
{
    private const int LogBytes = 1 << 16;

    /// <summary>Why the kernel can't be asked here, or null when it can: proven by loading a program.</summary>
    public static string? Unavailable { get; } = Probe();

    public static void SkipUnlessAvailable()
    {
        if (Unavailable is not null)
        {
            Assert.Skip(Unavailable);
        }
    }

    /// <summary>Loads a program, closes it again, and tells the verdict (0 or -errno) and the log.</summary>
    public static (int Result, string Log) Load(
        ReadOnlySpan<Instruction> program,
        ProgramType type,
        AttachType attachType = default,
        uint logLevel = 1,
        string license = "GPL",
        ProgramFlags flags = ProgramFlags.None,
        uint attachBtfId = 0)
    {
        (int result, string log) = LoadAndKeep(program, type, attachType, logLevel, license, flags, attachBtfId);
        if (result >= 0)
        {
            _ = Close(result);
            result = 0;
        }

        return (result, log);
    }

    /// <summary>Creates a map and returns its descriptor; the caller closes it.</summary>
    public static int CreateMap(MapType type, uint keySize, uint valueSize, uint entries, MapFlags flags = default)
    {
        MapCreateAttribute attribute = new() { MapType = type, KeySize = keySize, ValueSize = valueSize, MaxEntries = entries, MapFlags = flags };
        return Invoke(BpfCommand.MapCreate, MemoryMarshal.AsBytes(new Span<MapCreateAttribute>(ref attribute)));
    }

    /// <summary>Creates an array of one value that programs may only read, and freezes it.</summary>
    public static int CreateFrozenMap(uint valueSize)
    {
        int map = CreateMap(MapType.Array, 4, valueSize, 1, MapFlags.ReadOnlyProgram);
        MapElementAttribute attribute = new() { MapFd = (uint)map };
        int frozen = Invoke(BpfCommand.MapFreeze, MemoryMarshal.AsBytes(new Span<MapElementAttribute>(ref attribute))[..4]);
        Assert.True(frozen >= 0, $"BPF_MAP_FREEZE: {(Errno)(-frozen)}");
        return map;
    }

    public static int Close(int descriptor) => CloseDescriptor(descriptor);

    private static unsafe (int Result, string Log) LoadAndKeep(
        ReadOnlySpan<Instruction> program, ProgramType type, AttachType attachType, uint logLevel, string license, ProgramFlags flags, uint attachBtfId)
    {
        byte[] buffer = new byte[logLevel == 0 ? 0 : LogBytes];
        byte[] licenseBytes = Encoding.ASCII.GetBytes(license + "\0");
        int result;

        // Safe: everything the kernel reads or writes is pinned until it returns.
        fixed (Instruction* instructions = program)
        fixed (byte* logBuffer = buffer, licensePointer = licenseBytes)
        {
            ProgLoadAttribute attribute = new()
            {
                ProgType = type,
                ExpectedAttachType = attachType,
                AttachBtfId = attachBtfId,
                ProgFlags = flags,
                InsnCnt = (uint)program.Length,
                Insns = (ulong)instructions,
                License = (ulong)licensePointer,
                LogLevel = logLevel,
                LogSize = (uint)buffer.Length,
                LogBuf = (ulong)logBuffer,
            };
            result = Invoke(BpfCommand.ProgLoad, MemoryMarshal.AsBytes(new Span<ProgLoadAttribute>(ref attribute)));
        }

        int end = Array.IndexOf(buffer, (byte)0);
        return (result, Encoding.UTF8.GetString(buffer, 0, Math.Max(end, 0)));
    }

    public static unsafe int Invoke(BpfCommand command, Span<byte> attribute)
    {
        // Safe: the span stays pinned for the duration of the call, and its length goes with it.
        fixed (byte* pointer = attribute)
        {
            nint result = SystemCall(CallNumber, (nint)(uint)command, (nint)pointer, (nuint)attribute.Length);
            return result < 0 ? -Marshal.GetLastPInvokeError() : (int)result;
        }
    }

    private static nint CallNumber => RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 321 : 280;

    private static string? Probe()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture is not Architecture.X64)
        {
            return "the helper and context tables are held against Linux on x86-64";
        }

        string release = File.ReadAllText("/proc/sys/kernel/osrelease").Trim();
        if (!release.StartsWith("6.18.", StringComparison.Ordinal))
        {
            return $"the tables are those of Linux 6.18, this is {release}";
        }

        (int result, _) = Load([Insn.Mov64Imm(0, 0), Insn.Exit()], ProgramType.Kprobe);
        return result < 0 ? $"bpf(2) refused a trivial program: {(Errno)(-result)}" : null;
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCall(nint number, nint first, nint second, nuint third);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int CloseDescriptor(int descriptor);
}
