namespace Holdfast.Storage.Backup;

/// <summary>Contents copied.</summary>
internal struct ContentCount
{
    /// <summary>Entries of maps.</summary>
    public long Entries;

    /// <summary>Records of rings.</summary>
    public long Records;
}
