using System.Diagnostics;

namespace Holdfast.Userspace.Programs.Contexts;

/// <content>Moving the packet's edges and headers.</content>
public sealed unsafe partial class SkBuffContext
{
    /// <summary><c>__skb_push</c>: room at the front, its content undefined.</summary>
    internal void Push(int bytes)
    {
        _data -= bytes;
        _room -= bytes;
        Length += bytes;
    }

    /// <summary><c>__skb_pull</c></summary>
    internal void Pull(int bytes)
    {
        _data += bytes;
        _room += bytes;
        Length -= bytes;
    }

    /// <summary>
    /// Makes room to push into (<c>skb_cow</c>). Our buffer has it; but where the kernel's would be moved, its arithmetic on the
    /// transport header that isn't set makes it a place near the front (<c>skb_headers_offset_update</c>), and lengths are held against that.
    /// </summary>
    internal bool TryMakeRoom(int bytes)
    {
        const int Step = 64;
        if (bytes > _data && !(bytes <= Headroom && TryRecentre()))
        {
            return false;
        }

        if (bytes > _room)
        {
            int more = (bytes - _room + Step - 1) / Step * Step;
            _room += more;
            if (!HasTransportHeader)
            {
                TransportHeader = _data - _room + more - 1;
            }
        }

        return true;
    }

    /// <summary>Makes the packet longer, by zeros, or shorter. The caller checked the length.</summary>
    internal void SetLength(int length)
    {
        if (length > Length)
        {
            // The longest packet fits behind the place where packets start out; one that crept back from there is moved.
            if (_data + length > Capacity && !TryRecentre())
            {
                throw new UnreachableException($"a packet of {Length} bytes doesn't fit where packets start");
            }

            new Span<byte>(_buffer + _data + Length, length - Length).Clear();
        }

        Length = length;
    }

    /// <summary>Opens a zeroed gap behind <paramref name="offset"/> bytes (<c>bpf_skb_net_hdr_push</c>).</summary>
    internal bool TryInsert(int offset, int bytes)
    {
        if (offset > Length || !TryMakeRoom(bytes))
        {
            return false;
        }

        bool sameTransport = TransportHeader == NetworkHeader;
        Push(bytes);
        Span<byte> packet = Packet;
        packet.Slice(bytes, offset).CopyTo(packet);
        packet.Slice(offset, bytes).Clear();
        MoveHeaders(-bytes, sameTransport);
        return true;
    }

    /// <summary>Closes a gap (<c>bpf_skb_net_hdr_pop</c>).</summary>
    internal bool TryRemove(int offset, int bytes)
    {
        if (offset + bytes > Length)
        {
            return false;
        }

        bool sameTransport = TransportHeader == NetworkHeader;
        Span<byte> packet = Packet;
        packet[..offset].CopyTo(packet[bytes..]);
        Pull(bytes);
        MoveHeaders(bytes, sameTransport);
        return true;
    }

    /// <summary>Moves the packet to where packets start out, if it fits there.</summary>
    private bool TryRecentre()
    {
        if (Length > Capacity - Headroom)
        {
            return false;
        }

        int by = Headroom - _data;
        Packet.CopyTo(new Span<byte>(_buffer + Headroom, Length));
        _data = Headroom;
        MacHeader += by;
        NetworkHeader += by;
        TransportHeader += HasTransportHeader ? by : 0;
        return true;
    }

    private void MoveHeaders(int by, bool sameTransport)
    {
        MacHeader += by;
        NetworkHeader += by;
        if (sameTransport)
        {
            TransportHeader = NetworkHeader;
        }
    }

    internal void ResetMacHeader() => MacHeader = _data;

    internal void SetNetworkOffset(int offset) => NetworkHeader = _data + offset;

    internal void SetTransportOffset(int offset) => TransportHeader = _data + offset;

    internal bool HasTransportHeader => TransportHeader != NotSet;

    internal int TransportOffset => TransportHeader - _data;

    internal bool StartsAtMacHeader => MacHeader == _data;
}
