using Holdfast.Isa.Abi;

namespace Holdfast;

/// <content>Maps from files.</content>
public sealed partial class Bpf
{
    /// <summary>Makes a map from a file that <see cref="BpfMap.Export"/> wrote: its shape, its types, its entries. It isn't frozen and has no pin.</summary>
    /// <param name="stream">The file, in either format.</param>
    /// <param name="entries">Entries written.</param>
    /// <param name="name">The new map's name; null for the file's.</param>
    /// <param name="flags">Its creation flags; null for the file's.</param>
    /// <returns>The map.</returns>
    /// <exception cref="BpfException">EINVAL: the file is damaged; E2BIG, ENOSPC, …: the engine doesn't take the map. Then nothing stays.</exception>
    public BpfMap ImportMap(Stream stream, out long entries, string? name = null, MapFlags? flags = null)
    {
        BpfMap? map = null;
        try
        {
            entries = MapImport.Run(stream, header =>
            {
                map = header.Create(this, name, flags);
                return header.FindDifference(map) is { } difference ? throw MapFileError.At("import", difference) : map;
            });
            return map!;
        }
        catch
        {
            map?.Dispose();
            throw;
        }
    }
}
