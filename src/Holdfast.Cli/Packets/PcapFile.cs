using System.Buffers.Binary;
using Holdfast.Cli.Hosting;

namespace Holdfast.Cli.Packets;

/// <summary>Reads capture files of the classic pcap format, of either byte order; no native library is needed.</summary>
internal static class PcapFile
{
    private const int HeaderSize = 24;
    private const int RecordHeaderSize = 16;
    private const uint Microseconds = 0xa1b2c3d4;
    private const uint Nanoseconds = 0xa1b23c4d;
    private const uint NextGeneration = 0x0a0d0d0a;
    private const uint Ethernet = 1;
    private const int LargestPacket = 262144; // MAXIMUM_SNAPLEN of tcpdump

    /// <summary>All packets of a capture of Ethernet frames.</summary>
    public static List<ReadOnlyMemory<byte>> Read(string path)
    {
        InputFile.Require(path);
        return Read(File.ReadAllBytes(path), path);
    }

    /// <summary>All packets; there is at least one.</summary>
    /// <param name="file">The file's bytes.</param>
    /// <param name="name">The file's name, for messages.</param>
    public static List<ReadOnlyMemory<byte>> Read(ReadOnlyMemory<byte> file, string name)
    {
        bool bigEndian = CheckHeader(file.Span, name);
        List<ReadOnlyMemory<byte>> packets = [];
        int at = HeaderSize;
        while (at < file.Length)
        {
            if (file.Length - at < RecordHeaderSize)
                throw new CliException($"{name} ends inside the header of packet {packets.Count}");
            uint length = Word(file.Span, at + 8, bigEndian);
            at += RecordHeaderSize;
            if (length > LargestPacket || length > file.Length - at)
                throw new CliException($"{name}: packet {packets.Count} claims {length} bytes, {file.Length - at} are left");
            packets.Add(file.Slice(at, (int)length));
            at += (int)length;
        }

        return packets.Count > 0 ? packets : throw new CliException($"{name} holds no packet");
    }

    private static bool CheckHeader(ReadOnlySpan<byte> file, string name)
    {
        if (file.Length < HeaderSize)
            throw new CliException($"{name} is no capture: it has {file.Length} bytes");
        uint magic = BinaryPrimitives.ReadUInt32LittleEndian(file);
        bool bigEndian = BinaryPrimitives.ReverseEndianness(magic) is Microseconds or Nanoseconds;
        if (magic == NextGeneration)
            throw new CliException($"{name} is a pcapng file; convert it: tcpdump -r {name} -w converted.pcap");
        if (!bigEndian && magic is not (Microseconds or Nanoseconds))
            throw new CliException($"{name} is no capture: it begins with {magic:x8}");
        uint link = Word(file, 20, bigEndian) & 0xffff;
        return link == Ethernet ? bigEndian : throw new CliException($"{name} holds frames of link type {link}; only Ethernet (1) can be run");
    }

    private static uint Word(ReadOnlySpan<byte> file, int at, bool bigEndian) =>
        bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(file[at..]) : BinaryPrimitives.ReadUInt32LittleEndian(file[at..]);
}
