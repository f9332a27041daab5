using Holdfast.Isa.Abi;
using Holdfast.Storage;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Memory;

namespace Holdfast.Userspace.Objects;

/// <summary>What an object's content says that it refers to: what a collector compares its references with.</summary>
public static class StoredReferences
{
    /// <summary>Reads a map's targets (its types, the programs in a prog array's slots, the inner maps of a map of maps) or a link's.</summary>
    /// <param name="referrer">The object's header.</param>
    /// <param name="descriptor">Its file.</param>
    /// <returns>The targets; null for what can't be read, or whose references never change.</returns>
    public static IReadOnlySet<ObjectKey>? Read(ObjectHeader referrer, int descriptor)
    {
        ArgumentNullException.ThrowIfNull(referrer);
        if (referrer.Key.Kind == ObjectKind.Link)
            return LinkTargets(referrer);
        if (referrer.Key.Kind != ObjectKind.Map)
            return null;
        MapObjectAttributes map = referrer.ReadAttributes<MapObjectAttributes>();
        HashSet<ObjectKey> targets = [];
        if (map.BtfId != 0)
            targets.Add(new ObjectKey(ObjectKind.Btf, map.BtfId));
        if (map.InnerBtfId != 0)
            targets.Add(new ObjectKey(ObjectKind.Btf, map.InnerBtfId));
        return map.Type switch
        {
            MapType.ProgArray => ProgArraySlots.TryReadPrograms(descriptor, referrer, targets) ? targets : null,
            MapType.ArrayOfMaps or MapType.HashOfMaps => InnerMapSlots.TryReadMaps(descriptor, referrer, targets) ? targets : null,
            _ => targets,
        };
    }

    /// <summary>While an update is under way, or was killed, both programs count.</summary>
    private static HashSet<ObjectKey> LinkTargets(ObjectHeader link)
    {
        HashSet<ObjectKey> targets = [];
        foreach (int word in (ReadOnlySpan<int>)[LinkObjectAttributes.ProgramWord, LinkObjectAttributes.NextProgramWord])
        {
            if (link.KindWord(word) is not 0 and var id)
                targets.Add(new ObjectKey(ObjectKind.Program, (uint)id));
        }

        return targets;
    }
}
