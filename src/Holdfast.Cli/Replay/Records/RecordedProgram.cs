using System.Text.Json.Serialization;

namespace Holdfast.Cli.Replay.Records;

/// <summary>A line of a recording: a program as a kernel got it, and what that kernel said of it. Field names are the format's.</summary>
internal sealed record RecordedProgram
{
    /// <summary><c>header</c>, <c>prog</c>, or <c>not_loaded</c>.</summary>
    public string Kind { get; set; } = "";

    /// <summary>Where the program comes from.</summary>
    public string Id { get; set; } = "";

    /// <summary>Program type by name.</summary>
    public string ProgType { get; set; } = "";

    /// <summary>Program type by number.</summary>
    public uint ProgTypeId { get; set; }

    /// <summary>Expected attach type.</summary>
    public uint AttachType { get; set; }

    /// <summary>Load flags.</summary>
    public uint Flags { get; set; }

    /// <summary>Licence text.</summary>
    public string License { get; set; } = "";

    /// <summary>Name given at load.</summary>
    public string ProgName { get; set; } = "";

    /// <summary>Kernel type attached to.</summary>
    public RecordedAttachTarget? AttachBtf { get; set; }

    /// <summary>Instructions in hex.</summary>
    public string? Insns { get; set; }

    /// <summary>Instructions as base64 of gzip, in place of <see cref="Insns"/>.</summary>
    [JsonPropertyName("insns_gz")]
    public string? CompressedInsns { get; set; }

    /// <summary>Slots whose immediate is an index into <see cref="Maps"/>.</summary>
    public int[] MapRefs { get; set; } = [];

    /// <summary>The program's maps.</summary>
    public RecordedMap[] Maps { get; set; } = [];

    /// <summary>The program's BTF by hash.</summary>
    public string? Btf { get; set; }

    /// <summary>func_info records in base64.</summary>
    public string FuncInfo { get; set; } = "";

    /// <summary>Size of a func_info record.</summary>
    public uint FuncInfoRecSize { get; set; }

    /// <summary>line_info records in base64.</summary>
    public string LineInfo { get; set; } = "";

    /// <summary>Size of a line_info record.</summary>
    public uint LineInfoRecSize { get; set; }

    /// <summary><c>accept</c>, <c>reject</c>, <c>barred</c> or <c>not_loaded</c>.</summary>
    public string Verdict { get; set; } = "";

    /// <summary>Error of a rejection by name.</summary>
    public string? Errno { get; set; }

    /// <summary>The verifier's last message.</summary>
    public string? Reason { get; set; }

    /// <summary>Test runs, in order.</summary>
    public RecordedRun[] Runs { get; set; } = [];
}
