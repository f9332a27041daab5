namespace Holdfast.Cli.Replay.Records;

/// <summary>A test run and what came of it. Bytes are in hex.</summary>
internal sealed record RecordedRun
{
    /// <summary>What bpf(2) returned.</summary>
    public int Ret { get; set; }

    /// <summary>The error by name.</summary>
    public string? Errno { get; set; }

    /// <summary>Packet in.</summary>
    public string? DataIn { get; set; }

    /// <summary>Context in.</summary>
    public string? CtxIn { get; set; }

    /// <summary>How often it ran.</summary>
    public uint? Repeat { get; set; }

    /// <summary>The program's return value.</summary>
    public long? Retval { get; set; }

    /// <summary>Packet out; null: as it came in.</summary>
    public string? DataOut { get; set; }

    /// <summary>Context out; null: not asked for.</summary>
    public string? CtxOut { get; set; }

    /// <summary>Contents of maps afterwards: key and value by index of the map.</summary>
    public Dictionary<string, string[][]> MapsAfter { get; set; } = [];

    /// <summary>Fields that a second recording had otherwise.</summary>
    public string[] Unstable { get; set; } = [];
}
