namespace Holdfast.Btf.Relocation;

/// <summary>Finds the target's types that a local type may stand for: those of its kind and name, flavours aside.</summary>
internal sealed class CoreCandidates(BtfGraph target)
{
    private Dictionary<string, List<uint>>? _flavoured;

    /// <summary>Ids in increasing order.</summary>
    public List<uint> Find(BtfType local)
    {
        _flavoured ??= IndexFlavoured();
        string name = CoreName.Essential(local.Name);
        IEnumerable<uint> ids = target.FindIds(name);
        if (_flavoured.TryGetValue(name, out List<uint>? more))
        {
            ids = ids.Concat(more);
        }

        return [.. ids.Where(id => CoreKind.Compatible(local.Kind, target.KindOf(id))).Order()];
    }

    private Dictionary<string, List<uint>> IndexFlavoured()
    {
        var index = new Dictionary<string, List<uint>>(StringComparer.Ordinal);
        for (uint id = 1; id < target.Count; id++)
        {
            ReadOnlySpan<byte> utf8 = target.GetUtf8(target.Raw(id).NameOffset);
            if (utf8.IndexOf("___"u8) < 0)
            {
                continue;
            }

            string name = target.NameOf(id);
            string essential = CoreName.Essential(name);
            if (essential.Length == name.Length)
            {
                continue;
            }

            if (!index.TryGetValue(essential, out List<uint>? ids))
            {
                index.Add(essential, ids = []);
            }

            ids.Add(id);
        }

        return index;
    }
}
