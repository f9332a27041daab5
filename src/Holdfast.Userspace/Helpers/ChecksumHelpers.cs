using System.Runtime.InteropServices;
using Holdfast.Execution;
using Holdfast.Isa.Abi;
using Holdfast.Userspace.Programs.Contexts;

namespace Holdfast.Userspace.Helpers;

/// <summary>Checksums in packets and of buffers (net/core/filter.c).</summary>
internal static unsafe class ChecksumHelpers
{
    private const ulong SizeMask = 0xf;
    private const ulong PseudoHeader = 1 << 4;
    private const ulong MangledZero = 1 << 5;
    private const ulong EnforceMangled = 1 << 6;
    private const ulong Ipv6 = 1 << 7;
    private const uint LargestOffset = 0xffff;

    /// <summary><c>bpf_csum_diff(from, from_size, to, to_size, seed)</c></summary>
    public static ulong Diff(RunContext context, ulong from, ulong fromSize, ulong to, ulong toSize, ulong seed)
    {
        uint oldSize = (uint)fromSize;
        uint newSize = (uint)toSize;
        if (((oldSize | newSize) & 3) != 0)
        {
            return HelperError.InvalidArgument;
        }

        // The verifier proved both buffers readable for their sizes.
        ReadOnlySpan<byte> oldBytes = new((void*)from, (int)oldSize);
        ReadOnlySpan<byte> newBytes = new((void*)to, (int)newSize);
        uint sum = (uint)seed;
        if (oldSize != 0 && newSize != 0)
        {
            sum = InternetChecksum.Subtract(InternetChecksum.Add(newBytes, sum), InternetChecksum.Add(oldBytes, 0));
        }
        else if (newSize != 0)
        {
            sum = InternetChecksum.Add(newBytes, sum);
        }
        else if (oldSize != 0)
        {
            sum = ~InternetChecksum.Add(oldBytes, ~sum);
        }

        return InternetChecksum.From32To16(sum);
    }

    /// <summary><c>bpf_l3_csum_replace(skb, offset, from, to, flags)</c></summary>
    public static ulong ReplaceL3(RunContext context, ulong skb, ulong offset, ulong from, ulong to, ulong flags)
    {
        SkBuffContext packet = (SkBuffContext)context;
        if ((flags & ~SizeMask) != 0)
        {
            return HelperError.InvalidArgument;
        }

        return TryField(packet, (uint)offset, out Span<byte> field) ? Replace(field, from, to, flags) : HelperError.BadAddress;
    }

    /// <summary><c>bpf_l4_csum_replace(skb, offset, from, to, flags)</c></summary>
    public static ulong ReplaceL4(RunContext context, ulong skb, ulong offset, ulong from, ulong to, ulong flags)
    {
        SkBuffContext packet = (SkBuffContext)context;
        if ((flags & ~(SizeMask | PseudoHeader | MangledZero | EnforceMangled | Ipv6)) != 0)
        {
            return HelperError.InvalidArgument;
        }

        if (!TryField(packet, (uint)offset, out Span<byte> field))
        {
            return HelperError.BadAddress;
        }

        bool zeroMeansNone = (flags & MangledZero) != 0;
        if (zeroMeansNone && (flags & EnforceMangled) == 0 && MemoryMarshal.Read<ushort>(field) == 0)
        {
            return 0;
        }

        ulong result = Replace(field, from, to, flags);
        if (result == 0)
        {
            UpdatePacketSum(packet, (uint)from, (uint)to, flags);
            if (zeroMeansNone && MemoryMarshal.Read<ushort>(field) == 0)
            {
                MemoryMarshal.Write(field, ushort.MaxValue);
            }
        }

        return result;
    }

    /// <summary><c>bpf_csum_update(skb, csum)</c></summary>
    public static ulong Update(RunContext context, ulong skb, ulong sum, ulong r3, ulong r4, ulong r5)
    {
        SkBuffContext packet = (SkBuffContext)context;
        if (!packet.HasChecksum)
        {
            return HelperError.NotSupported;
        }

        packet.Checksum = InternetChecksum.Add(packet.Checksum, (uint)sum);
        return packet.Checksum;
    }

    /// <summary><c>bpf_csum_level(skb, level)</c></summary>
    public static ulong Level(RunContext context, ulong skb, ulong level, ulong r3, ulong r4, ulong r5)
    {
        const int Query = 0;
        const int Increase = 1;
        const int Decrease = 2;
        const int Reset = 3;
        const int Deepest = 3;
        SkBuffContext packet = (SkBuffContext)context;
        switch (level)
        {
            case Increase:
                packet.ChecksumLevel = Math.Min(packet.ChecksumLevel + 1, Deepest);
                packet.HasChecksum &= packet.ChecksumLevel < 0;
                return 0;
            case Decrease:
                packet.ChecksumLevel = Math.Max(packet.ChecksumLevel - 1, -1);
                return 0;
            case Reset:
                packet.ChecksumLevel = -1;
                return 0;
            case Query:
                return packet.ChecksumLevel >= 0 ? (ulong)packet.ChecksumLevel : HelperError.Denied;
            default:
                return HelperError.InvalidArgument;
        }
    }

    private static bool TryField(SkBuffContext packet, uint offset, out Span<byte> field)
    {
        bool found = offset <= LargestOffset && (offset & 1) == 0 && offset + 2 <= (uint)packet.Length;
        field = found ? packet.Packet.Slice((int)offset, 2) : [];
        return found;
    }

    /// <summary>Replaces a number of 2 or 4 bytes, or adds a difference, in a complemented sum.</summary>
    private static ulong Replace(Span<byte> field, ulong from, ulong to, ulong flags)
    {
        ushort old = MemoryMarshal.Read<ushort>(field);
        ushort replaced;
        switch (flags & SizeMask)
        {
            case 0 when from == 0:
                replaced = InternetChecksum.Fold(InternetChecksum.Add((uint)to, ~(uint)old));
                break;
            case 2:
                replaced = (ushort)~Add16(Add16((ushort)~old, (ushort)~(ushort)from), (ushort)to);
                break;
            case 4:
                replaced = InternetChecksum.Fold(InternetChecksum.Add(InternetChecksum.Subtract(~(uint)old, (uint)from), (uint)to));
                break;
            default:
                return HelperError.InvalidArgument;
        }

        MemoryMarshal.Write(field, in replaced);
        return 0;
    }

    /// <summary>A change outside of the payload (addresses) changes the packet's own sum (<c>inet_proto_csum_replace*</c>).</summary>
    private static void UpdatePacketSum(SkBuffContext packet, uint from, uint to, ulong flags)
    {
        if (packet.HasChecksum && (flags & PseudoHeader) != 0 && (flags & Ipv6) == 0)
        {
            packet.Checksum = (flags & SizeMask) == 0
                ? InternetChecksum.Add(to, packet.Checksum)
                : ~InternetChecksum.Add(InternetChecksum.Subtract(~packet.Checksum, from), to);
        }
    }

    private static ushort Add16(ushort left, ushort right)
    {
        uint sum = (uint)left + right;
        return (ushort)(sum + (sum >> 16));
    }

    public static HelperTable AddTo(HelperTable table) => table
        .With(HelperId.CsumDiff, &Diff)
        .With(HelperId.L3CsumReplace, &ReplaceL3)
        .With(HelperId.L4CsumReplace, &ReplaceL4)
        .With(HelperId.CsumUpdate, &Update)
        .With(HelperId.CsumLevel, &Level);
}
