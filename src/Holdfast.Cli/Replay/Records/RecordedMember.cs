namespace Holdfast.Cli.Replay.Records;

/// <summary>What a map of maps or a program array holds.</summary>
internal sealed record RecordedMember
{
    /// <summary>Index of the map, in a map of maps.</summary>
    public int? Map { get; set; }

    /// <summary>Type of the program, in a program array.</summary>
    public uint ProgType { get; set; }

    /// <summary>The program's instructions in hex.</summary>
    public string? Insns { get; set; }

    /// <summary>Slots whose immediate is an index into the record's maps.</summary>
    public int[] MapRefs { get; set; } = [];
}
