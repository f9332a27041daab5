namespace Holdfast.Storage.Backup;

/// <summary>What a backup holds.</summary>
public sealed record BackupReport
{
    /// <summary>Its directory.</summary>
    public required string Path { get; init; }

    /// <summary>Its identity: not that of the store that it was made from.</summary>
    public required Guid StoreId { get; init; }

    /// <summary>Maps in it.</summary>
    public int Maps { get; init; }

    /// <summary>Programs in it.</summary>
    public int Programs { get; init; }

    /// <summary>Links in it.</summary>
    public int Links { get; init; }

    /// <summary>Entries of all maps.</summary>
    public long Entries { get; init; }

    /// <summary>Records of all ring buffers that nobody had read yet.</summary>
    public long Records { get; init; }

    /// <summary>Names of objects, in all mounts.</summary>
    public int Pins { get; init; }

    /// <summary>Mounts besides the default one.</summary>
    public IReadOnlyList<BackupMount> Mounts { get; init; } = [];

    /// <summary>Files among the pins that are no objects of the store.</summary>
    public int LeftOut { get; init; }

    /// <summary>Maps, programs and links that no name leads to: only processes have them open, and they are left out.</summary>
    public int Unnamed { get; init; }
}
