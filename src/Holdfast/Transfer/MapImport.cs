using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps.Snapshots;

namespace Holdfast;

/// <summary>Brings a map's file into a map.</summary>
internal static class MapImport
{
    private const byte FirstOfJson = (byte)'{';

    /// <summary>Imports into a map that <paramref name="open"/> gives when the header is known.</summary>
    /// <param name="stream">The file. One that can seek is read twice, so that nothing is written of one that is damaged.</param>
    /// <param name="open">Makes or finds the map.</param>
    /// <returns>Entries written.</returns>
    public static long Run(Stream stream, Func<MapFileHeader, BpfMap> open)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (stream.CanSeek)
        {
            long start = stream.Position;
            Read(stream, _ => null);
            stream.Position = start;
        }

        return Read(stream, open);
    }

    private static long Read(Stream stream, Func<MapFileHeader, BpfMap?> open)
    {
        int first = ReadFirst(stream, out Stream whole);
        return first == FirstOfJson ? ReadJson(whole, open) : ReadBinary(whole, open);
    }

    private static int ReadFirst(Stream stream, out Stream whole)
    {
        int first = stream.ReadByte();
        while (first is ' ' or '\t' or '\r' or '\n')
            first = stream.ReadByte();
        whole = new PrefixedStream(first < 0 ? [] : [(byte)first], stream);
        return first;
    }

    private static long ReadJson(Stream stream, Func<MapFileHeader, BpfMap?> open)
    {
        MapJsonReader reader = new(stream);
        Target target = new(open(reader.Header));
        while (reader.TryRead(out ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value))
            target.Put(key, value, reader.Place);
        return target.Count;
    }

    private static long ReadBinary(Stream stream, Func<MapFileHeader, BpfMap?> open)
    {
        (MapFileHeader header, SnapshotHeader snapshot) = MapBinaryFile.ReadHeader(stream);
        Target target = new(open(header));
        SnapshotReader reader = new(snapshot, bytes => stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false));
        Errno error = reader.ReadAll((key, value) =>
        {
            target.Put(key, value, $"entry {target.Count + 1}");
            return Errno.None;
        });
        if (error != Errno.None)
            throw new BpfException(error, $"behind entry {reader.Count}: the file is damaged, or not whole{target.Written} [{error}]");
        if (stream.ReadByte() >= 0)
            throw MapFileError.At($"behind entry {reader.Count}", $"something follows the end{target.Written}");
        return target.Count;
    }

    /// <summary>A map that takes entries; none while a file is only checked.</summary>
    private sealed class Target(BpfMap? map)
    {
        private readonly byte[] _value = new byte[map?.ValueBufferSize ?? 0];

        public long Count { get; private set; }

        public string Written => map is null || Count == 0 ? "" : $"; {Count} entries are written";

        public void Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, string place)
        {
            if (map is not null)
                Write(map, key, value, place);
            Count++;
        }

        /// <summary>Values of fewer CPUs than there are here leave the others' zero.</summary>
        private void Write(BpfMap target, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, string place)
        {
            value.CopyTo(_value);
            try
            {
                target.Update(key, _value);
            }
            catch (BpfException failure)
            {
                throw new BpfException(failure.Errno, $"{place}: {failure.Message}{Written}");
            }
        }
    }
}
