using System.Runtime.InteropServices;
using Holdfast.Isa.Abi;

namespace Holdfast.Userspace.Programs.Contexts;

/// <summary>Carries fields of a caller's <c>__sk_buff</c> into a run and back (<c>convert___skb_to_skb</c> and its reverse).</summary>
internal static class SkBuffFields
{
    private const uint MostWireBytes = 65536;
    private const uint MostSegments = 65535;

    /// <summary>The fields that a caller may set; all other bytes must be zero.</summary>
    private static readonly (int Offset, int Length)[] Settable =
    [
        (SkBuffField.Mark, 4), (SkBuffField.Priority, 4), (SkBuffField.IngressIfindex, 4), (SkBuffField.Ifindex, 4),
        (SkBuffField.Cb, SkBuffField.CbBytes), (SkBuffField.Tstamp, 8), (SkBuffField.WireLength, 4), (SkBuffField.GsoSegments, 4),
        (SkBuffField.GsoSize, 4), (SkBuffField.HardwareTstamp, 8),
    ];

    /// <summary>Checks and takes over the caller's fields.</summary>
    public static Errno Take(ReadOnlySpan<byte> caller, SkBuffContext context)
    {
        int position = 0;
        foreach ((int offset, int length) in Settable)
        {
            if (caller[position..offset].ContainsAnyExcept((byte)0))
            {
                return Errno.EINVAL;
            }

            position = offset + length;
        }

        uint wire = Read(caller, SkBuffField.WireLength);
        if (caller[position..].ContainsAnyExcept((byte)0)
            || (wire != 0 && (wire < context.Length || wire > MostWireBytes))
            || Read(caller, SkBuffField.GsoSegments) > MostSegments)
        {
            return Errno.EINVAL;
        }

        Copy(caller, context.Visible, SkBuffField.Mark, 4);
        Copy(caller, context.Visible, SkBuffField.Priority, 4);
        Copy(caller, context.Visible, SkBuffField.IngressIfindex, 4);
        Copy(caller, context.Visible, SkBuffField.Cb, SkBuffField.CbBytes);
        Copy(caller, context.Visible, SkBuffField.Tstamp, 8);
        Copy(caller, context.Visible, SkBuffField.GsoSegments, 4);
        Copy(caller, context.Visible, SkBuffField.HardwareTstamp, 8);

        // The kernel's field is 16 bits wide.
        context.Word(SkBuffField.GsoSize) = (ushort)Read(caller, SkBuffField.GsoSize);
        context.Word(SkBuffField.WireLength) = wire == 0 ? (uint)context.Length : wire;
        return Errno.None;
    }

    /// <summary>Writes what the run left into the caller's structure.</summary>
    public static void Return(SkBuffContext context, Span<byte> caller)
    {
        Copy(context.Visible, caller, SkBuffField.Mark, 4);
        Copy(context.Visible, caller, SkBuffField.Priority, 4);
        Copy(context.Visible, caller, SkBuffField.IngressIfindex, 4);
        Copy(context.Visible, caller, SkBuffField.Ifindex, 4);
        Copy(context.Visible, caller, SkBuffField.Cb, SkBuffField.CbBytes);
        Copy(context.Visible, caller, SkBuffField.Tstamp, 8);
        Copy(context.Visible, caller, SkBuffField.WireLength, 4);
        Copy(context.Visible, caller, SkBuffField.GsoSegments, 4);
        Copy(context.Visible, caller, SkBuffField.HardwareTstamp, 8);
    }

    private static uint Read(ReadOnlySpan<byte> bytes, int offset) => MemoryMarshal.Read<uint>(bytes[offset..]);

    private static void Copy(ReadOnlySpan<byte> source, Span<byte> destination, int offset, int length) =>
        source.Slice(offset, length).CopyTo(destination[offset..]);
}
