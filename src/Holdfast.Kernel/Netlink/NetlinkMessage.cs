using System.Buffers.Binary;
using System.Text;

namespace Holdfast.Kernel.Netlink;

/// <summary>Writes a message of routing netlink (RFC 3549): header, <c>struct tcmsg</c>, attributes; all in host order and 4-byte steps.</summary>
internal sealed class NetlinkMessage
{
    private const int HeaderSize = 16;
    private const ushort Nested = 0x8000; // NLA_F_NESTED

    private readonly byte[] _bytes = new byte[512];
    private int _length = HeaderSize;

    public NetlinkMessage(ushort type, ushort flags)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(_bytes.AsSpan(4), type);
        BinaryPrimitives.WriteUInt16LittleEndian(_bytes.AsSpan(6), flags);
        BinaryPrimitives.WriteUInt32LittleEndian(_bytes.AsSpan(8), 1); // nlmsg_seq
    }

    /// <summary>The finished message.</summary>
    public ReadOnlySpan<byte> Bytes
    {
        get
        {
            BinaryPrimitives.WriteInt32LittleEndian(_bytes, _length);
            return _bytes.AsSpan(0, _length);
        }
    }

    /// <summary>Appends the fixed part of traffic control messages.</summary>
    public void AddTrafficHeader(int interfaceIndex, uint handle, uint parent, uint information)
    {
        Span<byte> header = Take(20);
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], interfaceIndex);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], handle);
        BinaryPrimitives.WriteUInt32LittleEndian(header[12..], parent);
        BinaryPrimitives.WriteUInt32LittleEndian(header[16..], information);
    }

    /// <summary>Appends an attribute of text.</summary>
    public void Add(ushort type, string text) => Add(type, Encoding.UTF8.GetBytes(text + "\0"));

    /// <summary>Appends an attribute of a number.</summary>
    public void Add(ushort type, uint number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, number);
        Add(type, bytes);
    }

    /// <summary>Begins an attribute that holds the following ones; ends with <see cref="End"/>.</summary>
    /// <returns>Where it began.</returns>
    public int Begin(ushort type)
    {
        int start = _length;
        BinaryPrimitives.WriteUInt16LittleEndian(Take(4)[2..], (ushort)(type | Nested));
        return start;
    }

    /// <summary>Ends an attribute that holds others.</summary>
    public void End(int start) => BinaryPrimitives.WriteUInt16LittleEndian(_bytes.AsSpan(start), (ushort)(_length - start));

    private void Add(ushort type, ReadOnlySpan<byte> value)
    {
        Span<byte> attribute = Take((value.Length + 4 + 3) & ~3);
        BinaryPrimitives.WriteUInt16LittleEndian(attribute, (ushort)(value.Length + 4));
        BinaryPrimitives.WriteUInt16LittleEndian(attribute[2..], type);
        value.CopyTo(attribute[4..]);
    }

    private Span<byte> Take(int size)
    {
        Span<byte> taken = _bytes.AsSpan(_length, size);
        _length += size;
        return taken;
    }
}
