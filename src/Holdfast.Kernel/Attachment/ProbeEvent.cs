using System.Runtime.InteropServices;
using System.Text;
using Holdfast.Kernel.Interop;

namespace Holdfast.Kernel.Attachment;

/// <summary>What an event is opened with: the fields of <c>struct perf_event_attr</c> that programs are attached by.</summary>
internal sealed record ProbeEvent
{
    private const int Size = 112; // PERF_ATTR_SIZE_VER5

    /// <summary><c>type</c></summary>
    public uint Type { get; init; }

    /// <summary><c>config</c></summary>
    public ulong Config { get; init; }

    /// <summary>Text that <c>config1</c> points to (<c>kprobe_func</c>, <c>uprobe_path</c>), or null.</summary>
    public string? Text { get; init; }

    /// <summary><c>config2</c> (<c>probe_offset</c>)</summary>
    public ulong Offset { get; init; }

    /// <summary>Opens the event: a descriptor or the negated error number.</summary>
    public unsafe int Open(int process)
    {
        byte[] text = Encoding.UTF8.GetBytes((Text ?? "") + "\0");
        Span<byte> attribute = stackalloc byte[Size];
        attribute.Clear();

        // Safe: the text is terminated and pinned for the call.
        fixed (byte* pointer = text)
        {
            MemoryMarshal.Write(attribute, Type);
            MemoryMarshal.Write(attribute[4..], Size);
            MemoryMarshal.Write(attribute[8..], Config);
            MemoryMarshal.Write(attribute[16..], 1ul); // sample_period
            MemoryMarshal.Write(attribute[48..], 1u); // wakeup_events
            MemoryMarshal.Write(attribute[56..], Text is null ? 0 : (ulong)pointer);
            MemoryMarshal.Write(attribute[64..], Offset);

            // An event is of a process on any processor, or of all processes on one: for tracepoints and probes, whose programs run
            // wherever they are hit, which one doesn't matter.
            return Native.PerfEventOpen(attribute, process, process < 0 ? 0 : -1);
        }
    }
}
