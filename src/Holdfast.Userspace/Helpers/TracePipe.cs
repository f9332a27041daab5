namespace Holdfast.Userspace.Helpers;

/// <summary>Where <c>bpf_trace_printk</c> of this process writes, as the kernel's <c>trace_pipe</c>; without a reader it goes nowhere.</summary>
public static class TracePipe
{
    private static TraceReader? _reader;

    /// <summary>Takes one text, without closing zero; called by the thread that runs the program.</summary>
    /// <param name="text">UTF-8 by convention; valid during the call only.</param>
    public delegate void TraceReader(ReadOnlySpan<byte> text);

    /// <summary>Sets the reader.</summary>
    /// <param name="reader">The reader, or <see langword="null"/>.</param>
    /// <returns>The reader before.</returns>
    public static TraceReader? SetReader(TraceReader? reader) => Interlocked.Exchange(ref _reader, reader);

    internal static void Write(ReadOnlySpan<byte> text) => Volatile.Read(ref _reader)?.Invoke(text);
}
