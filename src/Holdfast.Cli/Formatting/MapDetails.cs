using System.Text.Json.Nodes;
using Holdfast.Isa.Abi;

namespace Holdfast.Cli.Formatting;

/// <summary>What is told of a map.</summary>
internal static class MapDetails
{
    /// <summary>Headers of the table.</summary>
    public static string[] Headers { get; } = ["id", "type", "name", "key", "value", "entries", "flags", "btf"];

    /// <summary>The map as a row.</summary>
    public static string[] Row(BpfMap map) =>
    [
        $"{map.Id}", KernelNames.Of(map.Type), map.Name, $"{map.KeySize} B", $"{map.ValueSize} B", $"{map.MaxEntries}",
        $"0x{(uint)map.Info.MapFlags:x}", map.Info.BtfId == 0 ? "" : $"{map.Info.BtfId}",
    ];

    /// <summary>The map as JSON, names as bpftool's.</summary>
    public static JsonObject Json(BpfMap map, string? pin = null)
    {
        MapInfo info = map.Info;
        JsonObject json = new()
        {
            ["id"] = info.Id,
            ["type"] = KernelNames.Of(info.Type),
            ["name"] = map.Name,
            ["flags"] = (uint)info.MapFlags,
            ["bytes_key"] = info.KeySize,
            ["bytes_value"] = info.ValueSize,
            ["max_entries"] = info.MaxEntries,
            ["btf_id"] = info.BtfId,
        };
        if (pin is not null)
            json["pinned"] = pin;
        return json;
    }
}
