using System.Runtime.InteropServices;
using System.Text;
using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;

namespace Holdfast.Userspace.Tests.TestRuns;

/// <summary>Loads and test-runs programs in the running kernel: bpf(2) by a raw system call.</summary>
internal static partial class KernelRuns
{
    private const int RoomBytes = 1 << 16;

    /// <summary>Why the kernel can't be asked here, or null when it can: proven by running a program.</summary>
    public static string? Unavailable { get; } = Probe();

    public static void SkipUnlessAvailable()
    {
        if (Unavailable is not null)
        {
            Assert.Skip(Unavailable);
        }
    }

    /// <summary>Loads a program; the caller closes it.</summary>
    public static unsafe int Load(ReadOnlySpan<Instruction> program, ProgramType type, AttachType attachType, out string log, ProgramFlags flags = ProgramFlags.None)
    {
        byte[] buffer = new byte[1 << 16];
        int result;

        // Safe: everything the kernel reads or writes is pinned until it returns.
        fixed (Instruction* instructions = program)
        fixed (byte* logBuffer = buffer, license = "GPL\0"u8)
        {
            ProgLoadAttribute attribute = new()
            {
                ProgType = type,
                ExpectedAttachType = attachType,
                ProgFlags = flags,
                InsnCnt = (uint)program.Length,
                Insns = (ulong)instructions,
                License = (ulong)license,
                LogLevel = 1,
                LogSize = (uint)buffer.Length,
                LogBuf = (ulong)logBuffer,
            };
            result = Invoke(BpfCommand.ProgLoad, MemoryMarshal.AsBytes(new Span<ProgLoadAttribute>(ref attribute)));
        }

        log = Encoding.UTF8.GetString(buffer, 0, Math.Max(Array.IndexOf(buffer, (byte)0), 0));
        return result;
    }

    /// <summary>Runs a program.</summary>
    public static unsafe KernelRun Run(int program, ReadOnlySpan<byte> data, ReadOnlySpan<byte> context, bool wantsContext, uint flags = 0, uint repeat = 0)
    {
        byte[] dataOut = new byte[RoomBytes];
        byte[] contextOut = new byte[256];

        // Safe: everything the kernel reads or writes is pinned until it returns.
        fixed (byte* dataPointer = data, contextPointer = context, dataOutPointer = dataOut, contextOutPointer = contextOut)
        {
            TestRunAttribute attribute = new()
            {
                ProgFd = (uint)program,
                DataIn = (ulong)dataPointer,
                DataSizeIn = (uint)data.Length,
                DataOut = data.IsEmpty ? 0 : (ulong)dataOutPointer,
                DataSizeOut = data.IsEmpty ? 0u : RoomBytes,
                CtxIn = (ulong)contextPointer,
                CtxSizeIn = (uint)context.Length,
                CtxOut = wantsContext ? (ulong)contextOutPointer : 0,
                CtxSizeOut = wantsContext ? 256u : 0,
                Flags = flags,
                Repeat = repeat,
            };
            int result = Invoke(BpfCommand.ProgTestRun, MemoryMarshal.AsBytes(new Span<TestRunAttribute>(ref attribute)));
            return result < 0
                ? new KernelRun((Errno)(-result), 0, [], [])
                : new KernelRun(Errno.None, attribute.Retval, dataOut[..(int)Math.Min(attribute.DataSizeOut, RoomBytes)], wantsContext ? contextOut[..(int)attribute.CtxSizeOut] : []);
        }
    }

    /// <summary>An array of one value that programs may only read, frozen with the text in it; the caller closes it.</summary>
    public static unsafe int CreateText(ReadOnlySpan<byte> text)
    {
        MapCreateAttribute create = new() { MapType = MapType.Array, KeySize = 4, ValueSize = (uint)text.Length, MaxEntries = 1, MapFlags = MapFlags.ReadOnlyProgram };
        int map = Invoke(BpfCommand.MapCreate, MemoryMarshal.AsBytes(new Span<MapCreateAttribute>(ref create)));
        uint key = 0;

        // Safe: key and text stay where they are until the kernel returns.
        fixed (byte* value = text)
        {
            MapElementAttribute element = new() { MapFd = (uint)map, Key = (ulong)&key, Value = (ulong)value };
            Span<byte> attribute = MemoryMarshal.AsBytes(new Span<MapElementAttribute>(ref element));
            Assert.Equal(0, Invoke(BpfCommand.MapUpdateElem, attribute));
            Assert.Equal(0, Invoke(BpfCommand.MapFreeze, attribute[..4]));
        }

        return map;
    }

    public static int Close(int descriptor) => CloseDescriptor(descriptor);

    private static unsafe int Invoke(BpfCommand command, Span<byte> attribute)
    {
        // Safe: the span stays pinned for the duration of the call, and its length goes with it.
        fixed (byte* pointer = attribute)
        {
            nint result = SystemCall(321, (nint)(uint)command, (nint)pointer, (nuint)attribute.Length);
            return result < 0 ? -Marshal.GetLastPInvokeError() : (int)result;
        }
    }

    private static string? Probe()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture is not Architecture.X64)
        {
            return "test runs are held against Linux on x86-64";
        }

        string release = File.ReadAllText("/proc/sys/kernel/osrelease").Trim();
        if (!release.StartsWith("6.18.", StringComparison.Ordinal))
        {
            return $"test runs are held against Linux 6.18, this is {release}";
        }

        int program = Load([Insn.Mov64Imm(0, 0), Insn.Exit()], ProgramType.SchedCls, default, out _);
        if (program < 0)
        {
            return $"bpf(2) refused a trivial program: {(Errno)(-program)}";
        }

        KernelRun run = Run(program, new byte[64], [], wantsContext: false);
        Close(program);
        return run.Error == Errno.None ? null : $"BPF_PROG_TEST_RUN answered {run.Error}";
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCall(nint number, nint first, nint second, nuint third);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int CloseDescriptor(int descriptor);
}
