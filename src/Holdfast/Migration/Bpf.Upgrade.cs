using Holdfast.Isa.Abi;
using Holdfast.Objects;

namespace Holdfast;

/// <content>Objects that take over the maps of those before them.</content>
public sealed partial class Bpf
{
    /// <summary>
    /// Loads an object that is to take the place of the set of pins in a directory. Maps of the same name and shape below DIR/maps are
    /// used on; from those of another layout the entries are copied, field by field by name. Nothing in the directory is changed, so that
    /// a failure at any point loses nothing.
    /// </summary>
    /// <param name="spec">The object.</param>
    /// <param name="directory">The directory, as <see cref="BpfObject.PinAll(string)"/> made it.</param>
    /// <param name="options">How to load.</param>
    /// <returns>The object and what became of the maps.</returns>
    /// <exception cref="BpfException">EINVAL: entries can't be copied; and as for <see cref="Load"/>.</exception>
    public BpfUpgrade LoadUpgrade(BpfObjectSpec spec, string directory, BpfLoadOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(spec);
        options ??= new BpfLoadOptions();
        string root = Path.Combine(ResolvePath(directory), "maps");
        Dictionary<string, BpfMap> reused = new(options.ReplacedMaps), old = [];
        List<BpfMap> opened = [];
        BpfObject? loaded = null;
        try
        {
            foreach (MapSpec map in spec.Maps.Where(map => !map.IsData && map.Pinning == MapPinning.None && MapMigration.HasEntries(map.Type) && !reused.ContainsKey(map.Name)))
            {
                string path = Path.Combine(root, PinTransaction.FileName(map.KernelName));
                if (!File.Exists(path))
                    continue;
                BpfMap found = OpenPinnedMap(path);
                opened.Add(found);
                (MapCompatibility.FindDifference(Engine, spec, map, found) is null ? reused : old).Add(map.Name, found);
            }

            loaded = Load(spec, options with { ReplacedMaps = reused });
            Dictionary<string, BpfMigrationReport> reports = [];
            foreach ((string name, BpfMap map) in old)
                reports.Add(name, MapMigration.Run(map, loaded.Maps[name]));
            BpfUpgrade upgrade = new(loaded, [.. reused.Keys.Except(options.ReplacedMaps.Keys)], reports, [.. opened]);
            loaded = null;
            opened.Clear();
            return upgrade;
        }
        finally
        {
            loaded?.Dispose();
            opened.ForEach(map => map.Dispose());
        }
    }
}
