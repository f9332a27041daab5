using System.Buffers.Binary;
using System.Text.Json.Nodes;
using Holdfast.Isa.Abi;

namespace Holdfast.Cli.Formatting;

/// <summary>What is told of a program.</summary>
internal static class ProgramDetails
{
    /// <summary>Headers of the table.</summary>
    public static string[] Headers { get; } = ["id", "type", "name", "tag", "instructions", "maps", "btf"];

    /// <summary>The program as a row.</summary>
    public static string[] Row(BpfProgram program) =>
    [
        $"{program.Id}", KernelNames.Of(program.Type), program.Name, Tag(program.Info), $"{program.Info.XlatedProgLen / 8}",
        string.Join(' ', program.ReadMapIds()), program.Info.BtfId == 0 ? "" : $"{program.Info.BtfId}",
    ];

    /// <summary>The program as JSON, names as bpftool's.</summary>
    public static JsonObject Json(BpfProgram program, string? pin = null)
    {
        ProgInfo info = program.Info;
        JsonObject json = new()
        {
            ["id"] = info.Id,
            ["type"] = KernelNames.Of(info.Type),
            ["name"] = program.Name,
            ["tag"] = Tag(info),
            ["gpl_compatible"] = (info.GplCompatible & 1) != 0,
            ["loaded_at_ns"] = info.LoadTime,
            ["uid"] = info.CreatedByUid,
            ["bytes_xlated"] = info.XlatedProgLen,
            ["verified_insns"] = info.VerifiedInsns,
            ["run_time_ns"] = info.RunTimeNs,
            ["run_cnt"] = info.RunCnt,
            ["map_ids"] = new JsonArray([.. program.ReadMapIds().Select(id => JsonValue.Create(id))]),
            ["btf_id"] = info.BtfId,
        };
        if (pin is not null)
            json["pinned"] = pin;
        return json;
    }

    /// <summary>The tag as bpftool prints it: its bytes in order.</summary>
    private static string Tag(in ProgInfo info) => $"{BinaryPrimitives.ReverseEndianness(info.Tag):x16}";
}
