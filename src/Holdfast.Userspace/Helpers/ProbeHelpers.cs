using Holdfast.Execution;
using Holdfast.Isa.Abi;

namespace Holdfast.Userspace.Helpers;

/// <summary>
/// Reads of any address of this process, user's and kernel's alike (kernel/trace/bpf_trace.c): an address that can't be read is
/// EFAULT and zeros, never a crash.
/// </summary>
internal static unsafe class ProbeHelpers
{
    private const int PageBytes = 4096;

    /// <summary><c>bpf_probe_read*(dst, size, ptr)</c></summary>
    public static ulong Read(RunContext context, ulong destination, ulong size, ulong source, ulong r4, ulong r5)
    {
        uint count = (uint)size;
        if (count == 0 || ProbedMemory.TryCopy((void*)destination, source, count))
        {
            return 0;
        }

        // The verifier proved the destination writable for the size.
        new Span<byte>((void*)destination, (int)count).Clear();
        return HelperError.BadAddress;
    }

    /// <summary><c>bpf_probe_read*_str(dst, size, ptr)</c>: bytes copied, the closing zero included.</summary>
    public static ulong ReadText(RunContext context, ulong destination, ulong size, ulong source, ulong r4, ulong r5)
    {
        Span<byte> text = new((void*)destination, (int)(uint)size);
        int length = CopyText(text, source);
        if (length >= 0)
        {
            return (ulong)length;
        }

        text.Clear();
        return HelperError.BadAddress;
    }

    /// <summary>Copies text up to its zero byte; what is too long is cut.</summary>
    /// <param name="destination">Where to.</param>
    /// <param name="source">Any address.</param>
    /// <returns>Bytes written, with the closing zero; -1 if the text can't be read.</returns>
    public static int CopyText(Span<byte> destination, ulong source)
    {
        int done = 0;
        while (done < destination.Length)
        {
            // Never past a page at once: the next one may not be there, and may not be needed.
            int chunk = Math.Min(destination.Length - done, PageBytes - (int)((source + (ulong)done) % PageBytes));
            fixed (byte* target = destination[done..])
            {
                if (!ProbedMemory.TryCopy(target, source + (ulong)done, (nuint)chunk))
                {
                    return -1;
                }
            }

            int end = destination.Slice(done, chunk).IndexOf((byte)0);
            if (end >= 0)
            {
                return done + end + 1;
            }

            done += chunk;
        }

        if (done > 0)
        {
            destination[^1] = 0;
        }

        return done;
    }

    public static HelperTable AddTo(HelperTable table) => table
        .With(HelperId.ProbeRead, &Read)
        .With(HelperId.ProbeReadKernel, &Read)
        .With(HelperId.ProbeReadUser, &Read)
        .With(HelperId.CopyFromUser, &Read)
        .With(HelperId.ProbeReadStr, &ReadText)
        .With(HelperId.ProbeReadKernelStr, &ReadText)
        .With(HelperId.ProbeReadUserStr, &ReadText);
}
