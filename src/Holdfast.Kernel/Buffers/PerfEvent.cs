using System.Runtime.InteropServices;
using Holdfast.Kernel.Interop;
using static Tmds.Linux.LibC;

namespace Holdfast.Kernel.Buffers;

/// <summary>A perf event that carries what programs write with <c>bpf_perf_event_output</c> on one CPU.</summary>
internal static unsafe class PerfEvent
{
    private const uint TypeSoftware = 1; // PERF_TYPE_SOFTWARE
    private const ulong BpfOutput = 10; // PERF_COUNT_SW_BPF_OUTPUT
    private const ulong SampleRaw = 1 << 10; // PERF_SAMPLE_RAW
    private const uint Enable = 0x2400; // PERF_EVENT_IOC_ENABLE

    /// <summary>Opens the event.</summary>
    /// <param name="cpu">The CPU's number.</param>
    /// <returns>A descriptor, or the negated error (ENODEV: the CPU is offline).</returns>
    public static int Open(int cpu)
    {
        Attribute attribute = new()
        {
            Type = TypeSoftware,
            Size = (uint)sizeof(Attribute),
            Config = BpfOutput,
            SamplePeriod = 1,
            SampleType = SampleRaw,
            WakeupEvents = 1,
        };
        return Native.PerfEventOpen(MemoryMarshal.AsBytes(new ReadOnlySpan<Attribute>(in attribute)), -1, cpu);
    }

    /// <summary>Starts it.</summary>
    /// <returns>Zero, or the negated error.</returns>
    public static int Start(int descriptor) => ioctl(descriptor, (int)Enable, 0) == 0 ? 0 : -Marshal.GetLastPInvokeError();

    /// <summary><c>struct perf_event_attr</c> in its first published size, 64 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Attribute
    {
        public uint Type;
        public uint Size;
        public ulong Config;
        public ulong SamplePeriod;
        public ulong SampleType;
        public ulong ReadFormat;
        public ulong Flags;
        public uint WakeupEvents;
        public uint BreakpointType;
        public ulong BreakpointAddress;
    }
}
