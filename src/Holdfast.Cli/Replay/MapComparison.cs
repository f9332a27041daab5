using System.Globalization;
using Holdfast.Cli.Replay.Records;
using Holdfast.Isa.Abi;

namespace Holdfast.Cli.Replay;

/// <summary>Compares what maps hold with what they held in the recording.</summary>
internal sealed class MapComparison(IBpfEngine engine, RecordedProgram record, MapSet maps)
{
    private const int MostRecorded = 64; // entries of a map that a recording lists

    /// <summary>Compares all maps that the run lists.</summary>
    /// <param name="run">The run.</param>
    /// <returns>What differs; empty if nothing does.</returns>
    public string Compare(RecordedRun run)
    {
        foreach ((string name, string[][] entries) in run.MapsAfter)
        {
            int index = int.Parse(name, CultureInfo.InvariantCulture);
            if (!MapTraits.IsComparable(record.Maps[index].Type))
                continue;
            string difference = Compare(index, entries);
            if (difference.Length > 0)
                return $"map {index} '{record.Maps[index].Name}': {difference}";
        }

        return "";
    }

    private string Compare(int index, string[][] entries)
    {
        RecordedMap map = record.Maps[index];
        byte[] value = new byte[MapTraits.ValueBytes(map, maps.Slots)];
        foreach (string[] entry in entries)
        {
            byte[] key = Convert.FromHexString(entry[0]);
            if (engine.MapLookup(maps.Descriptors[index], key, value) != 0)
                return $"no key {entry[0]}";
            if (!SameValue(map, value, Convert.FromHexString(entry[1])))
                return $"key {entry[0]} holds {Shorten(value)}, recorded {Shorten(Convert.FromHexString(entry[1]))}";
        }

        return entries.Length < MostRecorded ? FindUnrecorded(index, entries, value) : "";
    }

    /// <summary>A complete listing: what else is there should not be, except zero elements of arrays.</summary>
    private string FindUnrecorded(int index, string[][] entries, byte[] value)
    {
        RecordedMap map = record.Maps[index];
        HashSet<string> known = [.. entries.Select(entry => entry[0])];
        byte[] key = new byte[map.KeySize];
        int status = engine.MapNextKey(maps.Descriptors[index], [], key);
        while (status == 0)
        {
            string hex = Convert.ToHexStringLower(key);
            if (!known.Contains(hex)
                && engine.MapLookup(maps.Descriptors[index], key, value) == 0
                && (!MapTraits.IsArray(map.Type) || value.AsSpan().ContainsAnyExcept((byte)0)))
            {
                return $"key {hex} holds {Shorten(value)}, not recorded";
            }

            status = engine.MapNextKey(maps.Descriptors[index], key, key);
        }

        return "";
    }

    /// <summary>Which slot a program ran on is chance here, so the slots that aren't zero are compared as a set.</summary>
    private static bool SameValue(RecordedMap map, byte[] actual, byte[] recorded)
    {
        if (!MapTraits.IsPerCpu(map.Type))
            return actual.AsSpan().SequenceEqual(recorded);
        int stride = MapTraits.Stride(map);
        return Slots(actual, stride).SequenceEqual(Slots(recorded, stride));
    }

    private static IEnumerable<string> Slots(byte[] value, int stride) => value.Chunk(stride)
        .Where(slot => slot.AsSpan().ContainsAnyExcept((byte)0))
        .Select(Convert.ToHexStringLower)
        .Order(StringComparer.Ordinal);

    private static string Shorten(byte[] value)
    {
        const int Most = 32;
        return value.Length <= Most ? Convert.ToHexStringLower(value) : Convert.ToHexStringLower(value.AsSpan(0, Most)) + "…";
    }
}
