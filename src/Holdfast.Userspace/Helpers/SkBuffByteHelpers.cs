using Holdfast.Execution;
using Holdfast.Isa.Abi;
using Holdfast.Userspace.Programs.Contexts;

namespace Holdfast.Userspace.Helpers;

/// <summary>Reading and writing bytes of an skb (net/core/filter.c).</summary>
internal static unsafe class SkBuffByteHelpers
{
    private const ulong RecomputeChecksum = 1 << 0;
    private const ulong InvalidateHash = 1 << 1;

    /// <summary><c>bpf_skb_load_bytes(skb, offset, to, len)</c></summary>
    public static ulong Load(RunContext context, ulong skb, ulong offset, ulong to, ulong length, ulong r5)
    {
        // The verifier proved the destination writable for the length. Both kinds of packet have this helper.
        Span<byte> destination = new((void*)to, (int)(uint)length);
        ReadOnlySpan<byte> packet = context is SkBuffContext buffer ? buffer.Packet : new ReadOnlySpan<byte>(context.PacketData, context.PacketLength);
        if ((uint)offset > int.MaxValue || (uint)offset + (ulong)destination.Length > (ulong)packet.Length)
        {
            destination.Clear();
            return HelperError.BadAddress;
        }

        packet.Slice((int)offset, destination.Length).CopyTo(destination);
        return 0;
    }

    /// <summary><c>bpf_skb_load_bytes_relative(skb, offset, to, len, start_header)</c></summary>
    public static ulong LoadRelative(RunContext context, ulong skb, ulong offset, ulong to, ulong length, ulong startHeader)
    {
        const uint MacHeader = 0;
        const uint NetworkHeader = 1;
        const uint LargestOffset = 0xffff;
        SkBuffContext packet = (SkBuffContext)context;
        Span<byte> destination = new((void*)to, (int)(uint)length);
        if ((uint)offset <= LargestOffset && (uint)startHeader is MacHeader or NetworkHeader)
        {
            Span<byte> from = packet.From((uint)startHeader == MacHeader ? packet.MacHeader : packet.NetworkHeader);
            if ((uint)offset + (ulong)destination.Length <= (ulong)from.Length)
            {
                from.Slice((int)offset, destination.Length).CopyTo(destination);
                return 0;
            }
        }

        destination.Clear();
        return HelperError.BadAddress;
    }

    /// <summary><c>bpf_skb_store_bytes(skb, offset, from, len, flags)</c></summary>
    public static ulong Store(RunContext context, ulong skb, ulong offset, ulong from, ulong length, ulong flags)
    {
        SkBuffContext packet = (SkBuffContext)context;
        if ((flags & ~(RecomputeChecksum | InvalidateHash)) != 0)
        {
            return HelperError.InvalidArgument;
        }

        uint count = (uint)length;
        if ((uint)offset > int.MaxValue || (uint)offset + (ulong)count > (ulong)packet.Length)
        {
            return HelperError.BadAddress;
        }

        ReadOnlySpan<byte> source = new((void*)from, (int)count);
        Span<byte> destination = packet.Packet.Slice((int)offset, (int)count);
        if ((flags & RecomputeChecksum) != 0 && packet.HasChecksum)
        {
            packet.Checksum = Recompute(packet.Checksum, destination, source, (uint)offset);
        }

        source.CopyTo(destination);
        if ((flags & InvalidateHash) != 0)
        {
            packet.Word(SkBuffField.Hash) = 0;
        }

        return 0;
    }

    /// <summary><c>bpf_skb_pull_data(skb, len)</c>: everything lies in one piece already.</summary>
    public static ulong PullData(RunContext context, ulong skb, ulong length, ulong r3, ulong r4, ulong r5)
    {
        SkBuffContext packet = (SkBuffContext)context;
        return (uint)length > (uint)packet.Length ? HelperError.NoMemory : 0;
    }

    /// <summary>Bytes at an odd offset are the other half of a word (<c>csum_block_add</c>).</summary>
    private static uint Recompute(uint sum, ReadOnlySpan<byte> old, ReadOnlySpan<byte> replaced, uint offset)
    {
        uint change = InternetChecksum.Subtract(InternetChecksum.Add(replaced, 0), InternetChecksum.Add(old, 0));
        return InternetChecksum.Add(sum, (offset & 1) == 0 ? change : uint.RotateRight(change, 8));
    }

    public static HelperTable AddTo(HelperTable table) => table
        .With(HelperId.SkbLoadBytes, &Load)
        .With(HelperId.SkbLoadBytesRelative, &LoadRelative)
        .With(HelperId.SkbStoreBytes, &Store)
        .With(HelperId.SkbPullData, &PullData);
}
