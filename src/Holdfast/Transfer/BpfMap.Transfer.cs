using Holdfast.Isa.Abi;

namespace Holdfast;

/// <content>Contents from and to files.</content>
public sealed partial class BpfMap
{
    /// <summary>
    /// Writes the map and all its entries to a stream, while others use it: an entry that is there throughout is in it once and whole; one that comes or goes
    /// meanwhile may be. Entries are held in memory a few at a time.
    /// </summary>
    /// <param name="stream">Where to.</param>
    /// <param name="format">How.</param>
    /// <returns>Entries written.</returns>
    /// <exception cref="BpfException">ENOTSUPP: maps of this type hold what means nothing elsewhere.</exception>
    public long Export(Stream stream, MapFileFormat format)
    {
        ArgumentNullException.ThrowIfNull(stream);
        MapFileHeader header = MapFileHeader.Of(this);
        return format == MapFileFormat.Json ? MapJsonWriter.Write(this, header, stream) : MapBinaryFile.Write(this, header, stream);
    }

    /// <summary>
    /// Writes the entries of a map's file into this map; entries that the file hasn't stay. A stream that can seek is checked whole before anything is written.
    /// </summary>
    /// <param name="stream">The file, in either format.</param>
    /// <returns>Entries written.</returns>
    /// <exception cref="BpfException">EINVAL: the file is damaged, or its entries don't fit into this map; E2BIG: the map is full. The message names the place.</exception>
    public long Import(Stream stream) => MapImport.Run(stream, header => header.FindDifference(this) is { } difference
        ? throw MapFileError.At($"import into map '{Name}'", difference)
        : this);
}
