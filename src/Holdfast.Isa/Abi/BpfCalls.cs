using System.Runtime.InteropServices;
using System.Text;

namespace Holdfast.Isa.Abi;

/// <summary>
/// bpf(2)'s commands as methods over spans, for any engine. Each fills the attribute, pins what it points to for the call,
/// and returns what the system call returns: a descriptor or zero, or the negated <see cref="Errno"/>.
/// </summary>
/// <remarks>
/// The engine reads and writes as many bytes as the object says (a map's key and value sizes), not as many as a span has:
/// the caller's spans must be at least that long. An empty span is passed as a null pointer. Only the pinning is unsafe here:
/// every pointer is used between the braces of the <c>fixed</c> that made it.
/// </remarks>
public static partial class BpfCalls
{
    private static int Invoke<T>(IBpfEngine engine, BpfCommand command, ref T attribute)
        where T : unmanaged => engine.Invoke(command, MemoryMarshal.AsBytes(new Span<T>(ref attribute)));

    /// <summary>Text as the kernel reads it: UTF-8 with a terminating zero.</summary>
    /// <returns>The bytes; <see langword="null"/> if the text itself holds a zero.</returns>
    private static byte[]? Terminated(string text)
    {
        if (text.Contains('\0', StringComparison.Ordinal))
        {
            return null;
        }

        byte[] bytes = new byte[Encoding.UTF8.GetByteCount(text) + 1];
        Encoding.UTF8.GetBytes(text, bytes);
        return bytes;
    }
}
