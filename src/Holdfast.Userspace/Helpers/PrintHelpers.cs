using System.Runtime.InteropServices;
using Holdfast.Execution;
using Holdfast.Isa.Abi;

namespace Holdfast.Userspace.Helpers;

/// <summary>Printing (kernel/trace/bpf_trace.c, kernel/bpf/helpers.c): to <see cref="TracePipe"/> or into memory.</summary>
internal static unsafe class PrintHelpers
{
    private const int TraceBytes = 1024;
    private const uint WordBytes = 8;

    /// <summary><c>bpf_trace_printk(fmt, fmt_size, …)</c>: bytes of the text.</summary>
    public static ulong Trace(RunContext context, ulong format, ulong formatSize, ulong first, ulong second, ulong third) =>
        Print((byte*)format, (uint)formatSize, [first, second, third]);

    /// <summary><c>bpf_trace_vprintk(fmt, fmt_size, data, data_len)</c></summary>
    public static ulong TraceMany(RunContext context, ulong format, ulong formatSize, ulong data, ulong length, ulong r5) =>
        AreArguments(data, (uint)length) ? Print((byte*)format, (uint)formatSize, new((void*)data, (int)((uint)length / WordBytes))) : HelperError.InvalidArgument;

    /// <summary><c>bpf_snprintf(str, str_size, fmt, data, data_len)</c>: bytes of the whole text with its closing zero.</summary>
    public static ulong Write(RunContext context, ulong destination, ulong size, ulong format, ulong data, ulong length)
    {
        if (!AreArguments(data, (uint)length))
        {
            return HelperError.InvalidArgument;
        }

        // The verifier proved the format to be a constant string, and the memory.
        Span<byte> text = new((void*)destination, (int)(uint)size);
        int formatLength = MemoryMarshal.CreateReadOnlySpanFromNullTerminated((byte*)format).Length + 1;
        ReadOnlySpan<ulong> arguments = new((void*)data, (int)((uint)length / WordBytes));
        int written = BpfFormat.Write(text.IsEmpty ? text : text[..^1], new((void*)format, formatLength), arguments);
        if (written < 0)
        {
            return (ulong)(long)written;
        }

        if (!text.IsEmpty)
        {
            text[Math.Min(written, text.Length - 1)] = 0;
        }

        return (ulong)written + 1;
    }

    private static bool AreArguments(ulong data, uint length) =>
        length % WordBytes == 0 && length <= BpfFormat.MostArguments * WordBytes && (length == 0 || data != 0);

    private static ulong Print(byte* format, uint size, ReadOnlySpan<ulong> arguments)
    {
        Span<byte> text = stackalloc byte[TraceBytes];
        int length = BpfFormat.Write(text[..^1], new ReadOnlySpan<byte>(format, (int)size), arguments);
        if (length >= 0)
        {
            TracePipe.Write(text[..Math.Min(length, TraceBytes - 1)]);
        }

        return (ulong)(long)length;
    }

    public static HelperTable AddTo(HelperTable table) => table
        .With(HelperId.TracePrintk, &Trace)
        .With(HelperId.TraceVprintk, &TraceMany)
        .With(HelperId.Snprintf, &Write);
}
