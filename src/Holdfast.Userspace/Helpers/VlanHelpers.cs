using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Holdfast.Execution;
using Holdfast.Isa.Abi;
using Holdfast.Userspace.Programs.Contexts;

namespace Holdfast.Userspace.Helpers;

/// <summary>VLAN tags (net/core/skbuff.c): the outermost one lives beside the packet, further ones in it.</summary>
internal static unsafe class VlanHelpers
{
    private const int Addresses = 12;

    /// <summary><c>bpf_skb_vlan_push(skb, vlan_proto, vlan_tci)</c></summary>
    public static ulong Push(RunContext context, ulong skb, ulong protocol, ulong tci, ulong r4, ulong r5)
    {
        SkBuffContext packet = (SkBuffContext)context;
        ushort tag = EtherType.IsVlan((ushort)protocol) ? (ushort)protocol : EtherType.Vlan;
        if (packet.HasVlanTag)
        {
            if (!packet.StartsAtMacHeader)
            {
                return HelperError.InvalidArgument;
            }

            if (!packet.TryMakeRoom(EtherType.VlanLength))
            {
                return HelperError.NoMemory;
            }

            MoveTagIntoPacket(packet);
        }

        SetTag(packet, tag, (ushort)tci);
        packet.Refresh();
        return 0;
    }

    /// <summary><c>bpf_skb_vlan_pop(skb)</c></summary>
    public static ulong Pop(RunContext context, ulong skb, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        SkBuffContext packet = (SkBuffContext)context;
        ulong result = PopTags(packet);
        packet.Refresh();
        return result;
    }

    private static ulong PopTags(SkBuffContext packet)
    {
        if (packet.HasVlanTag)
        {
            packet.Word(SkBuffField.VlanPresent) = 0;
            packet.Word(SkBuffField.VlanTci) = 0;
            packet.Word(SkBuffField.VlanProtocol) = 0;
        }
        else if (!EtherType.IsVlan(packet.Protocol))
        {
            return 0;
        }
        else if (RemoveFromPacket(packet, out _) is not 0 and ulong error)
        {
            return error;
        }

        // The next tag moves out beside the packet.
        ushort protocol = packet.Protocol;
        if (!EtherType.IsVlan(protocol))
        {
            return 0;
        }

        ulong result = RemoveFromPacket(packet, out ushort tci);
        if (result == 0)
        {
            SetTag(packet, protocol, tci);
        }

        return result;
    }

    private static void MoveTagIntoPacket(SkBuffContext packet)
    {
        ushort protocol = (ushort)packet.Word(SkBuffField.VlanProtocol);
        ushort tci = BinaryPrimitives.ReverseEndianness((ushort)packet.Word(SkBuffField.VlanTci));
        packet.Push(EtherType.VlanLength);
        Span<byte> bytes = packet.Packet;
        bytes.Slice(EtherType.VlanLength, Addresses).CopyTo(bytes);
        MemoryMarshal.Write(bytes[Addresses..], in protocol);
        MemoryMarshal.Write(bytes[(Addresses + 2)..], in tci);
        packet.ResetMacHeader();
        packet.NetworkHeader -= EtherType.VlanLength;
        packet.Protocol = protocol;
        if (packet.HasChecksum)
        {
            packet.Checksum = InternetChecksum.Add(bytes.Slice(Addresses, EtherType.VlanLength), packet.Checksum);
        }
    }

    private static ulong RemoveFromPacket(SkBuffContext packet, out ushort tci)
    {
        const int TaggedHeader = EtherType.HeaderLength + EtherType.VlanLength;
        tci = 0;
        if (!packet.StartsAtMacHeader)
        {
            return HelperError.InvalidArgument;
        }

        if (packet.Length < TaggedHeader)
        {
            return HelperError.NoMemory;
        }

        Span<byte> bytes = packet.Packet;
        tci = BinaryPrimitives.ReadUInt16BigEndian(bytes[EtherType.HeaderLength..]);
        ushort inner = EtherType.Classify(MemoryMarshal.Read<ushort>(bytes[(EtherType.HeaderLength + 2)..]), bytes[TaggedHeader..]);
        if (packet.HasChecksum)
        {
            packet.Checksum = InternetChecksum.Subtract(packet.Checksum, InternetChecksum.Add(bytes.Slice(Addresses, EtherType.VlanLength), 0));
        }

        bytes[..Addresses].CopyTo(bytes[EtherType.VlanLength..]);
        packet.Pull(EtherType.VlanLength);
        packet.ResetMacHeader();
        packet.Protocol = inner;
        if (packet.NetworkOffset < EtherType.HeaderLength)
        {
            packet.SetNetworkOffset(EtherType.HeaderLength);
        }

        return 0;
    }

    private static void SetTag(SkBuffContext packet, ushort protocol, ushort tci)
    {
        packet.Word(SkBuffField.VlanPresent) = 1;
        packet.Word(SkBuffField.VlanTci) = tci;
        packet.Word(SkBuffField.VlanProtocol) = protocol;
    }

    public static HelperTable AddTo(HelperTable table) => table
        .With(HelperId.SkbVlanPush, &Push)
        .With(HelperId.SkbVlanPop, &Pop);
}
