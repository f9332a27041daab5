namespace Holdfast;

/// <summary>An object loaded to take the place of the set of pins in a directory, with the entries of that set's maps. See <see cref="Bpf.LoadUpgrade"/>.</summary>
public sealed class BpfUpgrade : IDisposable
{
    private readonly IReadOnlyList<BpfMap> _old;

    internal BpfUpgrade(BpfObject loaded, IReadOnlyList<string> reused, IReadOnlyDictionary<string, BpfMigrationReport> migrations, IReadOnlyList<BpfMap> old)
    {
        Object = loaded;
        ReusedMaps = reused;
        Migrations = migrations;
        _old = old;
    }

    /// <summary>The object; <see cref="BpfObject.ReplaceAll"/> puts it into the directory.</summary>
    public BpfObject Object { get; }

    /// <summary>Maps of the same shape, which go on being used.</summary>
    public IReadOnlyList<string> ReusedMaps { get; }

    /// <summary>Maps whose entries were copied into a new layout, by name. What is written to the old map after that isn't in the new one.</summary>
    public IReadOnlyDictionary<string, BpfMigrationReport> Migrations { get; }

    /// <summary>Closes the object and the old maps; what is pinned lives on.</summary>
    public void Dispose()
    {
        Object.Dispose();
        foreach (BpfMap map in _old)
            map.Dispose();
    }
}
