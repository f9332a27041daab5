namespace Holdfast;

/// <summary>How a map's contents are written to a file. <c>docs/map-files.md</c> has both, field by field.</summary>
public enum MapFileFormat
{
    /// <summary>Text: fields by name and numbers where the map has types, hex otherwise.</summary>
    Json,

    /// <summary>Blocks of bytes with checksums.</summary>
    Binary,
}
